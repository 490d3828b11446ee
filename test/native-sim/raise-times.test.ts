import { describe, expect, it } from 'vitest'
import { createRaiseTimes, RaiseTimes, raiseTimeNs } from '../../native-sim/raise-times.js'
import { createSharedClock } from '../../native-sim/shared-clock.js'

describe('RaiseTimes', () => {
  it('keeps the time of each raise, a line apart from the other, also where the count wraps', () => {
    const buffer = createRaiseTimes(2)
    const read = new Float64Array(buffer)
    const lines = [new RaiseTimes(buffer, 0), new RaiseTimes(buffer, 1)]
    const clock = createSharedClock()
    const before = clock() - 1e6
    for (const raised of [2 ** 31 - 1, -(2 ** 31), 7]) lines[1]!.note(raised)
    const times = [2 ** 31 - 1, -(2 ** 31), 7].map((raised) => raiseTimeNs(read, 1, raised))
    expect(times.every((time) => time > before && time < clock() + 1e6)).toBe(true)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(raiseTimeNs(read, 0, 7)).toBe(0)
    lines[0]!.note(7)
    expect(raiseTimeNs(read, 0, 7)).toBeGreaterThan(0)
    expect(raiseTimeNs(read, 1, 7)).toBe(times[2])
  })
})
