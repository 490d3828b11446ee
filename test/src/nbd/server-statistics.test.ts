import { expect, it } from 'vitest'
import { ServerStatistics } from '../../../src/nbd/server-statistics.js'

it('counts each command under its name, and errors apart', () => {
  const statistics = new ServerStatistics()
  statistics.answered(0, 512, 0, 10)
  statistics.answered(1, 1024, 0, 10)
  statistics.answered(1, 1024, 5, 10)
  statistics.answered(3, 0, 0, 10)
  statistics.answered(4, 512, 0, 10)
  statistics.answered(6, 512, 0, 3000)
  const picture = statistics.picture(7)
  expect(picture).toMatchObject({
    reads: 1,
    readBytes: 512,
    writes: 1,
    writtenBytes: 1024,
    errors: 1,
    flushes: 1,
    trims: 1,
    writeZeroes: 1,
    inFlight: 7,
  })
  expect(picture.latencyUs.p50).toBeLessThan(12)
  expect(picture.latencyUs.p999).toBeGreaterThanOrEqual(3000)
})
