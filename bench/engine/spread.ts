/**
 * spread.ts: the same reads, each to the next of many devices: what routing and cold queues cost.
 *
 * Runs on: the main thread of a child process. One worker has all the devices, so that the order in which
 * requests were sent is the order in which they come back.
 */
import type { Measurement, Scenario, ScenarioContext } from '../scenario.js'
import { ENGINE_GROUP } from './groups.js'
import { measureReads } from './measure-reads.js'
import { measureOnEngine, nullDevices, slotsFor } from './null-devices.js'
import { READ_BYTES } from './null-read-steps.js'
import { NullReads } from './null-reads.js'

const DEPTH = 1024
const BATCH = 128

async function run(count: number, context: ScenarioContext): Promise<Measurement> {
  const devices = await nullDevices(count)
  const options = { workers: 1, slots: slotsFor(DEPTH), bufferBytes: 4096, devices }
  return measureOnEngine(options, async function measureSpread(engine) {
    const lane = await Promise.all(devices.map(({ name }) => engine.open(name)))
    const { channel } = engine
    const reads = new NullReads({
      channel,
      lanes: [lane],
      buffer: channel.allocate(READ_BYTES),
      depth: DEPTH,
      batch: BATCH,
      callback: 'batch',
    })
    return measureReads(reads, engine, context)
  })
}

function scenario(devices: number): Scenario {
  return {
    name: `irp/spread/${devices}-devices/depth-${DEPTH}`,
    unit: 'IRP/s',
    group: ENGINE_GROUP,
    title: `batch API, each request to the next of ${devices} devices, ${DEPTH} in flight`,
    comparedWith: [`irp/batch/depth-${DEPTH}`],
    // To make and to open so many takes seconds.
    ...(devices > 1000 ? { isExtra: true } : {}),
    run: (context) => run(devices, context),
  }
}

export const spreadScenarios: readonly Scenario[] = [1000, 10_000].map(scenario)
