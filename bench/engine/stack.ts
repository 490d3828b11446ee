/**
 * stack.ts: reads through a device stack of three levels, filter and function over a null driver as the bus:
 * what a level costs, handed on for good or with a completion routine at each.
 *
 * Runs on: the main thread of a child process. One level is irp/batch/depth-1024.
 */
import type { DeviceOptions } from '../../src/index.js'
import type { Measurement, Scenario, ScenarioContext } from '../scenario.js'
import { ENGINE_GROUP } from './groups.js'
import { measureReads } from './measure-reads.js'
import { measureOnEngine, slotsFor } from './null-devices.js'
import { READ_BYTES } from './null-read-steps.js'
import { NullReads } from './null-reads.js'

type How = 'forget' | 'routine'

const DEPTH = 1024
const BATCH = 128
const ONE_LEVEL = `irp/batch/depth-${DEPTH}`

async function stacks(count: number, how: How): Promise<DeviceOptions[]> {
  const { drivers } = await import('../../src/index.js')
  const driver = new URL('./pass-down-driver.js', import.meta.url)
  const stack = [
    { driver, role: 'filter', parameters: { how } },
    { driver, role: 'function', parameters: { how } },
    { driver: drivers.null, role: 'bus' },
  ] as const
  return Array.from({ length: count }, (_, index) => ({ name: `stack${index}`, stack }))
}

async function run(how: How, { options, ...context }: ScenarioContext): Promise<Measurement> {
  const { workers } = options
  const devices = await stacks(workers, how)
  const engineOptions = { workers, slots: slotsFor(DEPTH), bufferBytes: 4096, devices }
  return measureOnEngine(engineOptions, async function measureStack(engine) {
    const files = await Promise.all(devices.map(({ name }) => engine.open(name)))
    const { channel } = engine
    const reads = new NullReads({
      channel,
      lanes: files.map((file) => [file]),
      buffer: channel.allocate(READ_BYTES),
      depth: DEPTH,
      batch: BATCH,
      callback: 'batch',
    })
    return measureReads(reads, engine, { options, ...context })
  })
}

function stackScenario(how: How, title: string): Scenario {
  return {
    name: `irp/stack-3/${how}/depth-${DEPTH}`,
    unit: 'IRP/s',
    group: ENGINE_GROUP,
    title: `three levels, ${title}, ${DEPTH} in flight`,
    comparedWith: [ONE_LEVEL],
    isExtra: how === 'routine',
    run: (context) => run(how, context),
  }
}

export const stackScenarios: readonly Scenario[] = [
  stackScenario('forget', 'send-and-forget'),
  stackScenario('routine', 'a completion routine at each'),
]
