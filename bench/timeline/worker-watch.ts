/**
 * worker-watch.ts: when workers ran and when they slept, as their doorbells told the host.
 *
 * Runs on: the main thread of the command.
 *
 * A worker announces a sleep in its doorbell before it looks for work a last time, so what is seen is the
 * announcement. A sleep that begins and ends between two looks is not seen, and one that the host was late to
 * see the end of is cut short where the worker is known to have worked. `look` costs one load a worker.
 */
import {
  DOORBELL_EVENT_LOOP,
  DOORBELL_PARKED,
  DOORBELL_RUNNING,
  DOORBELL_STATE,
} from '../../src/abi/doorbell-layout.js'
import { WORKER_DOORBELL, workerBlockWord } from '../../src/abi/engine-layout.js'
import { load } from '../../src/sharedarraybuffer-queue/access.js'
import type { WorkerSpan } from './recording.js'
import type { ThreadClock } from './thread-clock.js'

const STATE_NAMES: Readonly<Record<number, WorkerSpan['state']>> = {
  [DOORBELL_RUNNING]: 'running',
  [DOORBELL_PARKED]: 'parked',
  [DOORBELL_EVENT_LOOP]: 'on its event loop',
}
const NEVER_SEEN = -1

export class WorkerWatch {
  readonly #words: Int32Array
  readonly #now: ThreadClock
  readonly #states: Int32Array
  readonly #since: Float64Array
  readonly #spans: WorkerSpan[] = []

  /** `words`: the engine's control block. */
  constructor(words: Int32Array, workers: number, now: ThreadClock) {
    this.#words = words
    this.#now = now
    this.#states = new Int32Array(workers).fill(NEVER_SEEN)
    this.#since = new Float64Array(workers)
  }

  /** Looks at every worker; the more often, the sharper the spans. */
  look(): void {
    for (let worker = 0; worker < this.#states.length; worker++) {
      const state = load(this.#words, workerBlockWord(worker) + WORKER_DOORBELL + DOORBELL_STATE)
      if (state !== this.#states[worker]) this.#change(worker, state)
    }
  }

  /** Everything seen, the states that last included. */
  spans(): readonly WorkerSpan[] {
    for (let worker = 0; worker < this.#states.length; worker++) this.#change(worker, NEVER_SEEN)
    return this.#spans
  }

  #change(worker: number, state: number): void {
    const at = this.#now()
    const name = STATE_NAMES[this.#states[worker]!]
    if (name !== undefined) {
      this.#spans.push({ worker, state: name, begin: this.#since[worker]!, end: at })
    }
    this.#states[worker] = state
    this.#since[worker] = at
  }
}

/** The spans, with each sleep ended where its worker worked: `works` has such moments of each worker, ascending. */
export function cutSleeps(
  spans: readonly WorkerSpan[],
  works: readonly (readonly number[])[],
): WorkerSpan[] {
  return spans.flatMap((span) => {
    const { worker, state, begin, end } = span
    const work = works[worker]!.find((at) => at > begin)
    if (state === 'running' || work === undefined || work >= end) return [span]
    return [
      { ...span, end: work },
      { worker, state: 'running' as const, begin: work, end },
    ]
  })
}
