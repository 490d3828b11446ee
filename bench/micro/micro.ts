/**
 * micro.ts: what one micro-benchmark is.
 *
 * Runs on: any thread (types only).
 */
export interface Micro {
  readonly name: string
  /** Operations that one call of `run` does; enough of them that the clock does not matter. */
  readonly operations: number
  /**
   * Does them, and throws when the outcome is wrong. Returns the milliseconds of the part that is meant, or
   * undefined where that is the whole call.
   */
  readonly run: () => number | undefined
}

/** Throws unless a micro-benchmark did what it should. */
export function expectCount(found: number, expected: number, what: string): void {
  if (found !== expected) throw new Error(`${found} ${what} instead of ${expected}`)
}
