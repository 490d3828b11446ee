/**
 * thread-clock.ts: one time for all threads of a process.
 *
 * Runs on: any thread; each makes its own clock.
 *
 * performance.now() counts from the start of its thread. The monotonic clock of the process has one origin, but is
 * read as a BigInt. So each thread measures the distance of the two once, and then reads the cheap one.
 */

const ATTEMPTS = 100
const NS_PER_US = 1000
const US_PER_MS = 1000

/** Microseconds since the moment that the clock was made for. */
export type ThreadClock = () => number

/** The present moment of the process, nanoseconds; for threadClock. */
export function processNowNs(): number {
  return Number(process.hrtime.bigint())
}

/** A clock that is 0 at `originNs`. Its error is that of the best of many attempts, well below 1 µs. */
export function threadClock(originNs: number): ThreadClock {
  let offsetUs = 0
  let narrowestUs = Infinity
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = performance.now() * US_PER_MS
    const nowUs = (processNowNs() - originNs) / NS_PER_US
    const widthUs = performance.now() * US_PER_MS - before
    if (widthUs >= narrowestUs) continue
    narrowestUs = widthUs
    offsetUs = nowUs - (before + widthUs / 2)
  }
  return () => performance.now() * US_PER_MS + offsetUs
}
