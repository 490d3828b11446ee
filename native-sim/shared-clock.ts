// Shared clock: a clock that all threads of a process read alike. `performance.now()` counts from the start of its own
// thread, and `process.hrtime()` allocates; so each thread learns once how far they are apart.
// Runs on: any thread; each has a clock of its own.

const TRIES = 16

/** Nanoseconds since some moment that is the same for every thread; about 100 ns apart between two threads. */
export function createSharedClock(): () => number {
  const offset = tightestOffsetNs()
  return function sharedClockNs() {
    return performance.now() * 1e6 + offset
  }
}

/** Of several readings, the one with the least time between the two looks that enclose it. */
function tightestOffsetNs(): number {
  let best = 0
  let shortest = Infinity
  for (let i = 0; i < TRIES; i++) {
    const before = performance.now() * 1e6
    const shared = Number(process.hrtime.bigint())
    const after = performance.now() * 1e6
    if (after - before >= shortest) continue
    shortest = after - before
    best = shared - (before + after) / 2
  }
  return best
}
