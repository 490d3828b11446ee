import { describe, expect, it } from 'vitest'
import { processNowNs, threadClock } from '../../../bench/timeline/thread-clock.js'

/** Far more than the calibration can be off, far less than a clock with the wrong unit or origin. */
const TOLERANCE_US = 200

describe('threadClock', () => {
  it('tells the time of the process since its origin, in microseconds', () => {
    const originNs = processNowNs() - 5_000_000
    const now = threadClock(originNs)
    for (let i = 0; i < 100; i++) {
      const before = (processNowNs() - originNs) / 1000
      const told = now()
      const after = (processNowNs() - originNs) / 1000
      expect(told).toBeGreaterThan(before - TOLERANCE_US)
      expect(told).toBeLessThan(after + TOLERANCE_US)
    }
  })
})
