/**
 * index.ts: all rivals, slowest kind last.
 *
 * Runs on: any thread; a rival loads its library inside its `run`.
 */
import type { Scenario } from '../scenario.js'
import { comlinkRivals } from './comlink.js'
import { piscinaRivals } from './piscina.js'
import { poolifierRivals } from './poolifier.js'
import { postMessageBatchedRivals } from './post-message-batched.js'
import { postMessageObjectRivals } from './post-message-object.js'
import { postMessageRivals } from './post-message.js'
import { ringbufRivals } from './ringbuf.js'
import { tinypoolRivals } from './tinypool.js'
import { workerpoolRivals } from './workerpool.js'

export const rivals: readonly Scenario[] = [
  ...postMessageRivals,
  ...postMessageObjectRivals,
  ...postMessageBatchedRivals,
  ...comlinkRivals,
  ...piscinaRivals,
  ...tinypoolRivals,
  ...workerpoolRivals,
  ...poolifierRivals,
  ...ringbufRivals,
]
