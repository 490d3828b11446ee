/**
 * batch.ts: the engine at full speed: reads of the null driver through submission, routing, queue, handler,
 * completion and reaping, with a callback per batch or per request.
 *
 * Runs on: the main thread of a child process.
 */
import type { Measurement, Scenario, ScenarioContext } from '../scenario.js'
import { ENGINE_GROUP } from './groups.js'
import { measureReads } from './measure-reads.js'
import { measureOnEngine, nullDevices, slotsFor } from './null-devices.js'
import { READ_BYTES } from './null-read-steps.js'
import { NullReads } from './null-reads.js'

interface Variant {
  /** In flight. */
  readonly depth: number
  /** Per submit. */
  readonly batch: number
  readonly callback: 'each' | 'batch'
}

async function run(variant: Variant, context: ScenarioContext): Promise<Measurement> {
  const workers = Math.min(context.options.workers, variant.depth)
  const devices = await nullDevices(workers)
  const options = { workers, slots: slotsFor(variant.depth), bufferBytes: 4096, devices }
  return measureOnEngine(options, async function measureBatches(engine) {
    const files = await Promise.all(devices.map(({ name }) => engine.open(name)))
    const { channel } = engine
    const reads = new NullReads({
      ...variant,
      channel,
      lanes: files.map((file) => [file]),
      buffer: channel.allocate(READ_BYTES),
    })
    return measureReads(reads, engine, context)
  })
}

const BATCHED_RIVAL = 'rival/post-message-batched-256/depth-1024'
/** The first two are shown in the table, all of them are in the JSON. */
const AT_FULL_DEPTH = [
  BATCHED_RIVAL,
  'rival/piscina-tasks-1/depth-1024',
  'rival/piscina-tasks-64/depth-1024',
  'native/slab/batch-256',
]

function batchScenario(depth: number, batch: number): Scenario {
  return {
    name: `irp/batch/depth-${depth}`,
    unit: 'IRP/s',
    group: ENGINE_GROUP,
    title: `batch API, a callback per batch, ${depth} in flight`,
    quick: true,
    ...(depth === 64 ? {} : { native: `native/null-driver/depth-${depth}` }),
    comparedWith: [
      `rival/post-message/depth-${depth}`,
      `rival/post-message-object/depth-${depth}`,
      ...(depth === 1024 ? AT_FULL_DEPTH : []),
    ],
    run: (context) => run({ depth, batch, callback: 'batch' }, context),
  }
}

export const batchScenarios: readonly Scenario[] = [
  batchScenario(1, 1),
  batchScenario(64, 32),
  batchScenario(1024, 128),
  {
    name: 'irp/callback/depth-1024',
    unit: 'IRP/s',
    group: ENGINE_GROUP,
    title: 'batch API, a callback per request, 1024 in flight',
    quick: true,
    comparedWith: [
      'rival/post-message/depth-1024',
      'rival/post-message-object/depth-1024',
      BATCHED_RIVAL,
    ],
    run: (context) => run({ depth: 1024, batch: 128, callback: 'each' }, context),
  },
]
