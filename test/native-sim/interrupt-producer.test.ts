import { describe, expect, it } from 'vitest'
import type { ProducerOptions } from '../../native-sim/index.js'
import { expectAllRight, expectBalanced, produce, ramdisk, smallTrace } from './producer-runs.js'

describe('InterruptProducer', () => {
  it('closed loop: 100,000 requests, each read verified', { timeout: 60_000 }, async () => {
    const report = await produce(ramdisk, { requests: 100_000 })
    expectAllRight(report, 100_000)
    expect(report).toMatchObject({ device: 'disk0', endedBy: 'requests', refusals: 0 })
    expect(Math.abs(report.reads - 50_000)).toBeLessThan(2000)
    expect([report.bytesRead, report.bytesWritten]).toEqual([
      report.reads * 4096,
      report.writes * 4096,
    ])
    expect(report.latenessNs.count).toBe(0)
  })

  const openLoops: ProducerOptions['arrival'][] = [
    { kind: 'fixed-rate', rateHz: 50_000 },
    { kind: 'poisson', rateHz: 50_000 },
    { kind: 'bursts', rateHz: 50_000, burstLength: 64 },
    { kind: 'bursts', rateHz: 50_000, burstLength: 64, gaps: 'exponential' },
  ]
  it.each(openLoops.map((arrival) => ({ arrival })))(
    'open loop: $arrival.kind $arrival.gaps, in order and none dropped',
    { timeout: 30_000 },
    async ({ arrival }) => {
      const options = { requests: 5000, seed: 9, mix: { readShare: 0.7 } }
      const report = await produce(ramdisk, { ...options, ...(arrival ? { arrival } : {}) })
      expectAllRight(report, 5000)
      expect(report.latenessNs.count).toBe(5000)
      expect(report.latencyNs.max).toBeGreaterThanOrEqual(report.latenessNs.max)
      const closed = await produce(ramdisk, options)
      expect(report.sequenceHash).toBe(closed.sequenceHash)
      expect(report.checksum).toBe(closed.checksum)
    },
  )

  it.each(['as-fast-as-possible', 1000] as const)(
    'replays a trace at pace %s',
    { timeout: 30_000 },
    async (pace) => {
      const trace = smallTrace(3000)
      const report = await produce(ramdisk, { arrival: { kind: 'trace', trace, pace } })
      expectAllRight(report, 3000)
      expect(report.writes).toBe(trace.isWrite.reduce((sum, isWrite) => sum + isWrite, 0))
      expect([report.bytesRead, report.bytesWritten]).toEqual([trace.readBytes, trace.writtenBytes])
      expect(report.latenessNs.count).toBe(pace === 1000 ? 3000 : 0)
      // 3 s of trace: sooner would be ahead of the record.
      expect(report.seconds).toBeGreaterThan(pace === 1000 ? 0.002998 : 0)
    },
  )

  it('the same seed gives the same requests and the same data', async () => {
    const once = await produce(ramdisk, { requests: 5000, seed: 3 })
    const again = await produce(ramdisk, { requests: 5000, seed: 3, depth: 7 })
    const other = await produce(ramdisk, { requests: 5000, seed: 4 })
    expect(again).toMatchObject({ checksum: once.checksum, sequenceHash: once.sequenceHash })
    expect(other.checksum).not.toBe(once.checksum)
    expect(other.sequenceHash).not.toBe(once.sequenceHash)
  })

  it('verifies nothing when not asked to, and sends the same', async () => {
    const report = await produce(ramdisk, { requests: 2000, seed: 3, verify: false })
    const verified = await produce(ramdisk, { requests: 2000, seed: 3 })
    expect(report).toMatchObject({ verified: 0, mismatches: 0, checksum: 0 })
    expect(report.sequenceHash).toBe(verified.sequenceHash)
    expectBalanced(report)
  })
})
