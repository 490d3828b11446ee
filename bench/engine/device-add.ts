/**
 * device-add.ts: ten thousand devices with three queues each: how long they take to add, what shared memory
 * they take, and what a request costs that goes to the next of them each time.
 *
 * Runs on: the main thread of a child process. One worker has all the devices.
 */
import type { DeviceOptions, Engine } from '../../src/index.js'
import { MeasurementWindow } from '../measurement-window.js'
import type { Measurement, Scenario, ScenarioContext } from '../scenario.js'
import { ENGINE_GROUP } from './groups.js'
import { measureReads } from './measure-reads.js'
import { measureOnEngine, slotsFor } from './null-devices.js'
import { READ_BYTES } from './null-read-steps.js'
import { NullReads } from './null-reads.js'

const DEVICES = 10_000
const DEPTH = 1024
const BATCH = 128
/** Opens in flight at once: each takes a slot. */
const OPENS = 512

function deviceOptions(count: number): DeviceOptions[] {
  const driver = new URL('./three-queue-driver.js', import.meta.url)
  return Array.from({ length: count }, (_, index) => ({ name: `device${index}`, driver }))
}

const engineOptions = { workers: 1, slots: slotsFor(DEPTH), bufferBytes: 4096 }

function sharedBytes(engine: Engine): number {
  return engine.memory().reduce((sum, { byteLength }) => sum + byteLength, 0)
}

/** Seconds to add them all; the value of the scenario. Each is then asked for a read, once. */
function measureAdding(): Promise<Measurement> {
  return measureOnEngine(engineOptions, async function measureAdds(engine) {
    const before = sharedBytes(engine)
    const window = new MeasurementWindow()
    window.begin()
    await Promise.all(deviceOptions(DEVICES).map((options) => engine.addDevice(options)))
    const figures = window.end()
    const reads = await Promise.all(
      ['device0', `device${DEVICES - 1}`].map(async (name) => {
        const file = await engine.open(name)
        return file.read(new Uint8Array(READ_BYTES))
      }),
    )
    const areRight = reads.every(({ information }) => information === READ_BYTES)
    return {
      operations: DEVICES,
      value: figures.seconds,
      ...figures,
      checksumOk: areRight && engine.devices().length === DEVICES,
      notes: { sharedBytesPerDevice: (sharedBytes(engine) - before) / DEVICES },
    }
  })
}

/** Reads, each to the next of `count` devices. */
function measureSpread(count: number, context: ScenarioContext): Promise<Measurement> {
  const devices = deviceOptions(count)
  return measureOnEngine({ ...engineOptions, devices }, async function measureReadsOnAll(engine) {
    const lane = []
    for (let from = 0; from < count; from += OPENS) {
      const some = devices.slice(from, from + OPENS)
      lane.push(...(await Promise.all(some.map(({ name }) => engine.open(name)))))
    }
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

const ONE = `irp/three-queues/1-device/depth-${DEPTH}`

export const deviceAddScenarios: readonly Scenario[] = [
  {
    name: `device-add/${DEVICES}-devices`,
    unit: 's',
    lowerIsBetter: true,
    group: ENGINE_GROUP,
    isExtra: true,
    title: `add ${DEVICES} devices with 3 queues each`,
    run: measureAdding,
  },
  {
    name: ONE,
    unit: 'IRP/s',
    group: ENGINE_GROUP,
    isExtra: true,
    title: `batch API, a device with 3 queues, ${DEPTH} in flight`,
    run: (context) => measureSpread(1, context),
  },
  {
    name: `irp/three-queues/${DEVICES}-devices/depth-${DEPTH}`,
    unit: 'IRP/s',
    group: ENGINE_GROUP,
    isExtra: true,
    title: `the same, each request to the next of ${DEVICES} devices`,
    comparedWith: [ONE],
    run: (context) => measureSpread(DEVICES, context),
  },
]
