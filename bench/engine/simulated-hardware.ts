/**
 * simulated-hardware.ts: a simulated device raises requests from a thread and a channel of its own, main
 * waits; on the null driver at full speed, and on the RAM disk with every byte that is read verified.
 *
 * Runs on: the main thread of a child process; the requests come from native-sim's producer thread.
 *
 * The producer begins with its first request and knows no warm-up: what was completed inside the window
 * is what the workers counted meanwhile. Latencies and the check are of the whole run.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { DeviceOptions } from '../../src/index.js'
import type { ProducerOptions } from '../../native-sim/index.js'
import type { Measurement, Scenario, ScenarioContext } from '../scenario.js'
import { EngineWindow } from './engine-window.js'
import { HARDWARE_GROUP } from './groups.js'
import { measureOnEngine } from './null-devices.js'
import { complaintsAbout } from './producer-check.js'

const NULL_DEPTH = 1024
const DISK_DEPTH = 64
const DISK_BYTES = 64 * 2 ** 20

async function run(
  device: DeviceOptions,
  producerOptions: Omit<ProducerOptions, 'device'>,
  { warmupMs, durationMs }: ScenarioContext,
): Promise<Measurement> {
  const { InterruptProducer } = await import('../../native-sim/index.js')
  const options = { workers: 1, devices: [device] }
  return measureOnEngine(options, async function measureProducer(engine) {
    const window = new EngineWindow(engine)
    const producer = await InterruptProducer.start(engine, {
      ...producerOptions,
      device: device.name,
    })
    await delay(warmupMs)
    window.begin()
    await delay(durationMs)
    const { seconds, cpuSeconds } = window.end()
    producer.stop()
    const report = await producer.finished
    const complaints = complaintsAbout(report, producerOptions)
    return {
      operations: window.requests,
      seconds,
      cpuSeconds,
      latencyNs: report.latencyNs,
      checksumOk: Object.keys(complaints).length === 0,
      ledger: report.ledger,
      counters: window.counters(),
      notes: complaints,
    }
  })
}

export const hardwareScenarios: readonly Scenario[] = [
  {
    name: 'interrupt/closed-loop/null',
    unit: 'IRP/s',
    group: HARDWARE_GROUP,
    title: `null driver at full speed, ${NULL_DEPTH} in flight`,
    isExtra: true,
    async run(context) {
      const { drivers } = await import('../../src/index.js')
      const mix = { readShare: 1 }
      const producer = { depth: NULL_DEPTH, mix, blockBytes: 512 }
      return run({ name: 'null0', driver: drivers.null }, producer, context)
    },
  },
  {
    name: 'ramdisk/mixed-4k/verify',
    unit: 'IRP/s',
    group: HARDWARE_GROUP,
    title: `RAM disk, 70 % reads and 30 % writes of 4 KiB, every read verified, ${DISK_DEPTH} in flight`,
    quick: true,
    async run(context) {
      const { drivers } = await import('../../src/index.js')
      const device = { name: 'disk0', driver: drivers.ramdisk, parameters: { bytes: DISK_BYTES } }
      const mix = { readShare: 0.7 }
      const producer = {
        depth: DISK_DEPTH,
        mix,
        blockBytes: 4096,
        spanBytes: DISK_BYTES,
        verify: true,
      }
      return run(device, producer, context)
    },
  },
]
