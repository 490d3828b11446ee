/**
 * Runs of a producer on an engine of its own, for the tests of the built code.
 */
import { expect, onTestFinished } from 'vitest'
import { BlockTraceColumns } from '../../native-sim/block-trace-columns.js'
import type { ProducerOptions, ProducerReport } from '../../native-sim/index.js'
import { Random } from '../../native-sim/random.js'
import type { DeviceOptions } from '../../src/index.js'
import { drivers, Engine, fixture, InterruptProducer } from './built.js'

export const MIB = 2 ** 20
export const ramdisk = { name: 'disk0', driver: drivers.ramdisk }
export const faultyDisk = (parameters: Record<string, unknown>) => ({
  name: 'disk0',
  driver: fixture('faulty-disk'),
  parameters,
})

export async function startEngine(...devices: DeviceOptions[]) {
  const engine = await Engine.start({ workers: 1, devices })
  onTestFinished(() => engine.stop())
  return engine
}

export async function produce(
  device: DeviceOptions,
  options: Partial<ProducerOptions>,
): Promise<ProducerReport> {
  const engine = await startEngine(device)
  const producer = await InterruptProducer.start(engine, {
    device: device.name,
    verify: true,
    spanBytes: MIB,
    ...options,
  })
  return producer.finished
}

/** Open, cleanup and close are requests too. */
export function expectBalanced({ ledger, requests, failures }: ProducerReport) {
  const accepted = requests + 3
  const error = failures
  const success = accepted - error
  expect(ledger).toEqual({
    accepted,
    completed: accepted,
    success,
    error,
    cancelled: 0,
    workerDied: 0,
    inFlight: 0,
    duplicates: 0,
    lost: 0,
  })
}

export function expectAllRight(report: ProducerReport, requests: number) {
  expect(report.firstMismatches).toEqual([])
  expect(report).toMatchObject({ requests, failures: 0, mismatches: 0, undecided: 0 })
  expect(report.reads + report.writes).toBe(requests)
  expect(report.verified).toBe(report.reads)
  expect(report.latencyNs.count).toBe(requests)
  expectBalanced(report)
}

/** Reads and writes of 512 to 4096 bytes within a MiB, microseconds apart. */
export function smallTrace(requests: number) {
  const random = new Random(5)
  const rows = new BlockTraceColumns()
  for (let i = 0; i < requests; i++) {
    const size = 512 * (1 + random.nextBelow(8))
    rows.add(i * 1000, random.nextBelow(2) === 0 ? 0 : 1, size, 512 * random.nextBelow(2040))
  }
  return rows.finish()
}
