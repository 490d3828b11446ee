/**
 * index.ts: all rivals, slowest kind last.
 *
 * Runs on: any thread; a rival loads its library inside its `run`.
 */
import type { Scenario } from '../scenario.js'
import { comlinkRivals } from './comlink.js'
import { piscinaRivals } from './piscina.js'
import { postMessageBatchedRivals } from './post-message-batched.js'
import { postMessageRivals } from './post-message.js'

export const rivals: readonly Scenario[] = [
  ...postMessageRivals,
  ...postMessageBatchedRivals,
  ...comlinkRivals,
  ...piscinaRivals,
]
