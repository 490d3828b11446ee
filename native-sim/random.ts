// Seeded pseudo-random numbers for workloads: xoshiro128** (Blackman and Vigna), its state filled by splitmix32.
// Runs on: any thread; one object belongs to one thread.
// Invariants: integer arithmetic only up to the last step, so one seed gives one sequence on every machine;
// the four state words are never all zero; nothing is allocated after construction. Not for secrets.

import { SimulationError } from './errors.js'

const TWO_32 = 2 ** 32
const TWO_53 = 2 ** 53

export class Random {
  #a: number
  #b: number
  #c: number
  #d: number

  /** @param seed whole number, -2^31 .. 2^32-1; -1 and 2^32-1 are the same seed. */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < -TWO_32 / 2 || seed >= TWO_32) {
      throw new SimulationError('seed', seed, 'a whole number from -2147483648 to 4294967295')
    }
    // splitmix32 is a bijection of its counter: of four words in a row at most one is zero.
    this.#a = splitmix32(seed, 1)
    this.#b = splitmix32(seed, 2)
    this.#c = splitmix32(seed, 3)
    this.#d = splitmix32(seed, 4)
  }

  /** A generator at a given state, for known answers: four int32 words, not all zero. */
  static fromState(a: number, b: number, c: number, d: number): Random {
    if ((a | b | c | d) === 0) {
      throw new SimulationError('state', '0, 0, 0, 0', 'four words of which one is not zero')
    }
    const random = new Random(0)
    random.#a = a | 0
    random.#b = b | 0
    random.#c = c | 0
    random.#d = d | 0
    return random
  }

  /** All 2^32 values, as a signed integer. */
  nextInt32(): number {
    const b = this.#b
    const scrambled = Math.imul(b, 5)
    const c = this.#c ^ this.#a
    const d = this.#d ^ b
    this.#b = b ^ c
    this.#a ^= d
    this.#c = c ^ (b << 9)
    this.#d = (d << 11) | (d >>> 21)
    return Math.imul((scrambled << 7) | (scrambled >>> 25), 9)
  }

  /** 0 .. n-1, each equally likely. @param n whole number, 1 .. 2^53. @throws SimulationError */
  nextBelow(n: number): number {
    if (!(n >= 1 && n <= TWO_53) || Math.floor(n) !== n) {
      throw new SimulationError('n', n, 'a whole number from 1 to 2^53')
    }
    // A draw from the last, incomplete run of n values is thrown away: it would favour the small results.
    if (n < TWO_32) {
      const divisor = n >>> 0
      for (;;) {
        const draw = this.nextInt32() >>> 0
        const result = draw % divisor
        if (draw - result <= TWO_32 - n) return result
      }
    }
    for (;;) {
      const draw = (this.nextInt32() >>> 11) * TWO_32 + (this.nextInt32() >>> 0)
      const result = draw % n
      if (draw - result <= TWO_53 - n) return result
    }
  }

  /** 0 <= x < 1 with all 53 bits of a double; two draws. */
  nextFloat(): number {
    const high = this.nextInt32() >>> 5
    return (high * 67_108_864 + (this.nextInt32() >>> 6)) / TWO_53
  }

  /**
   * An exponentially distributed number >= 0 with this mean (so: the gap of a Poisson process).
   * V8 brings its own logarithm, the same on every processor. @throws SimulationError
   */
  nextExponential(mean: number): number {
    if (!(mean >= 0 && mean < Infinity)) {
      throw new SimulationError('mean', mean, 'a finite number, 0 or more')
    }
    return -Math.log(1 - this.nextFloat()) * mean
  }
}

/** Word `step` (from 1) of the splitmix32 sequence that starts at `seed`. */
function splitmix32(seed: number, step: number): number {
  const counter = (seed + Math.imul(step, 0x9e37_79b9)) | 0
  const half = Math.imul(counter ^ (counter >>> 16), 0x21f0_aaad)
  const whole = Math.imul(half ^ (half >>> 15), 0x735a_2d97)
  return whole ^ (whole >>> 15)
}
