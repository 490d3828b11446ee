import { describe, expect, it } from 'vitest'
import { drivers, InterruptProducer } from './built.js'
import {
  expectBalanced,
  faultyDisk,
  MIB,
  produce,
  ramdisk,
  smallTrace,
  startEngine,
} from './producer-runs.js'

describe('InterruptProducer and a faulty disk', () => {
  it('failed writes make no mismatches, and the same ones undecided each time', async () => {
    const options = { requests: 10_000, blockBytes: 1024, spanBytes: 65_536 }
    const report = await produce(faultyDisk({ failEvery: 7 }), options)
    expect(report.firstMismatches).toEqual([])
    const failures = Math.floor(report.writes / 7)
    expect(report).toMatchObject({ failures, failureStatuses: { STATUS_UNSUCCESSFUL: failures } })
    expect(report.undecided).toBeGreaterThan(100)
    expect(report.verified).toBeGreaterThan(1000)
    expect(report.verified + report.undecided).toBe(report.reads)
    expectBalanced(report)
    const again = await produce(faultyDisk({ failEvery: 7 }), { ...options, depth: 3 })
    expect([again.checksum, again.undecided]).toEqual([report.checksum, report.undecided])
  })

  it('finds writes that were lost', async () => {
    const options = { requests: 10_000, spanBytes: 65_536 }
    const report = await produce(faultyDisk({ loseEvery: 100 }), options)
    expect(report.mismatches).toBeGreaterThan(10)
    expect(report.verified + report.mismatches).toBe(report.reads)
    expect(report.firstMismatches).toHaveLength(8)
    expect(report.firstMismatches[0]).toMatchObject({ kind: 'data', operation: 'read' })
    expectBalanced(report)
  })

  it('finds reads that were too short', async () => {
    const report = await produce(faultyDisk({ shortEvery: 50 }), { requests: 1000 })
    expect(report.mismatches).toBe(Math.floor(report.reads / 50))
    expect(report.firstMismatches[0]).toMatchObject({
      kind: 'length',
      operation: 'read',
      expected: 4096,
      found: 2048,
    })
  })

  it('finds reads that bring nothing', async () => {
    const report = await produce({ name: 'null0', driver: drivers.null }, { requests: 1000 })
    expect(report.mismatches).toBe(report.reads)
  })

  it('judges a used disk once its blocks were written, if told so', async () => {
    const engine = await startEngine(ramdisk)
    const options = { device: 'disk0', verify: true, requests: 2000, spanBytes: MIB }
    await (
      await InterruptProducer.start(engine, { ...options, seed: 1 })
    ).finished
    const producer = await InterruptProducer.start(engine, { ...options, seed: 2, isBlank: false })
    const report = await producer.finished
    expect(report.mismatches).toBe(0)
    expect(report.undecided).toBeGreaterThan(0)
    expect(report.verified).toBe(report.reads - report.undecided)
  })

  it('counts the failures of a trace that is larger than the disk', async () => {
    const trace = smallTrace(500)
    const small = { ...ramdisk, parameters: { bytes: MIB / 2 } }
    const arrival = { kind: 'trace', trace, pace: 'as-fast-as-possible' } as const
    const engine = await startEngine(small)
    const producer = await InterruptProducer.start(engine, {
      device: 'disk0',
      verify: true,
      arrival,
    })
    const report = await producer.finished
    const beyond = [...trace.offsetBytes.keys()].filter(
      (row) => (trace.offsetBytes[row] ?? 0) + (trace.sizeBytes[row] ?? 0) > MIB / 2,
    )
    expect(beyond.length).toBeGreaterThan(100)
    expect(report.failureStatuses).toEqual({ STATUS_INVALID_PARAMETER: beyond.length })
    expect(report.mismatches).toBe(0)
    expectBalanced(report)
  })
})
