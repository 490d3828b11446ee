/**
 * Patterns: the two ways in which this package's protocols rely on order between threads, and a control that relies on
 * it wrongly. Each is one round on one side; outcomes are judged after both threads ended.
 * Runs on: both threads of a litmus run.
 */
import { load, read, store, write } from '../../../src/sharedarraybuffer-queue/access.js'
import type { TwoThreads } from './two-threads.js'

export interface Pattern {
  readonly name: string
  /** One side's part of a round; returns what it saw. */
  run(threads: TwoThreads, round: number): number
  /** True for what must not be seen: never, or, of the control, sometimes. */
  isForbidden(first: number, second: number): boolean
  readonly isControl?: boolean
}

const SAW_NOTHING = 2

export const patterns: readonly Pattern[] = [
  {
    // A ringer publishes and looks for a sleeper; a sleeper announces itself and looks for work.
    name: 'store buffering',
    run(threads, round) {
      const { words, side } = threads
      store(words, threads.cell(round, side), 1)
      return load(words, threads.cell(round, 1 - side))
    },
    isForbidden: (first, second) => first === 0 && second === 0,
  },
  {
    // A record written plainly, published by one store, read plainly after the load that saw it.
    name: 'message passing',
    run(threads, round) {
      const { words, side } = threads
      const [record, position] = [threads.cell(round, 0), threads.cell(round, 1)]
      if (side === 0) {
        write(words, record, 1)
        store(words, position, 1)
        return 1
      }
      return load(words, position) === 0 ? SAW_NOTHING : read(words, record)
    },
    isForbidden: (_first, second) => second === 0,
  },
  {
    name: 'store buffering without Atomics',
    isControl: true,
    run(threads, round) {
      const { words, side } = threads
      write(words, threads.cell(round, side), 1)
      return read(words, threads.cell(round, 1 - side))
    },
    isForbidden: (first, second) => first === 0 && second === 0,
  },
]

/** All rounds of a pattern, on one side. */
export function runPattern(pattern: Pattern, threads: TwoThreads): void {
  const { words, side, rounds } = threads
  for (let round = 0; round < rounds; round++) {
    threads.meet()
    const saw = pattern.run(threads, round)
    words[threads.result(round, side)] = saw
  }
  threads.meet()
}
