/**
 * Two threads: what both threads of a litmus run share, and the barrier that starts each of their rounds at once.
 * Runs on: both.
 */
export interface Shared {
  readonly buffer: SharedArrayBuffer
  readonly rounds: number
}

/** Word 0: the barrier. Word 32: the clock of histories. */
const BARRIER = 0
const CLOCK = 32
const FIRST_CELL = 64
/** A line for each cell. */
const STRIDE = 16
const CELLS = 2
const RESULTS = 2
const JITTER = 13

export class TwoThreads {
  readonly words: Int32Array
  readonly rounds: number
  readonly side: number
  #arrivals = 0

  constructor({ buffer, rounds }: Shared, side: 0 | 1) {
    this.words = new Int32Array(buffer)
    this.rounds = rounds
    this.side = side
  }

  /** Bytes for that many rounds. */
  static bytes(rounds: number): number {
    return (FIRST_CELL + rounds * (CELLS * STRIDE + RESULTS)) * 4
  }

  /** Returns on both threads at nearly the same time; a little earlier on one of them, in turns. */
  meet(): void {
    const { words } = this
    this.#arrivals += 2
    Atomics.add(words, BARRIER, 1)
    while (Atomics.load(words, BARRIER) < this.#arrivals);
    const wait = (this.#arrivals * (this.side === 0 ? 7 : 5)) % JITTER
    for (let i = 0; i < wait; i++) Atomics.load(words, BARRIER)
  }

  /** Word of cell 0 or 1 of a round. */
  cell(round: number, which: number): number {
    return FIRST_CELL + (round * CELLS + which) * STRIDE
  }

  /** Word of what this or that side saw in a round. */
  result(round: number, side: number): number {
    return FIRST_CELL + this.rounds * CELLS * STRIDE + round * RESULTS + side
  }

  /** The time, as a number that both threads count on. */
  tick(): number {
    return Atomics.add(this.words, CLOCK, 1)
  }
}
