/**
 * doorbell.ts: what a publisher pays to learn that nobody sleeps.
 *
 * Runs on: the main thread of bench/micro/main.ts.
 */
import {
  DOORBELL_WORDS,
  Ringer,
  Sleeper,
  allocateShared,
} from '../../src/sharedarraybuffer-queue/index.js'
import { expectCount, type Micro } from './micro.js'

const OPERATIONS = 4096

const words = new Int32Array(allocateShared(DOORBELL_WORDS * 4))
const sleeper = new Sleeper(words, 0)
const ringer = new Ringer(words, 0)

function ringRunningThread(): void {
  for (let i = 0; i < OPERATIONS; i++) ringer.ring()
}

export const doorbellMicros: readonly Micro[] = [
  {
    name: 'doorbell: ring a thread that runs',
    operations: OPERATIONS,
    run() {
      ringRunningThread()
      expectCount(ringer.rings + sleeper.parks, 0, 'wake-ups')
      return undefined
    },
  },
]
