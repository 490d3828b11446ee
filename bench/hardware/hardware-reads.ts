/**
 * hardware-reads.ts: interrupt-driven reads: host → driver → register or doorbell → simulated hardware on a thread of
 * its own → interrupt → ISR → DPC → completion → host, every read verified; through the batch API at full speed, and
 * from promise to promise, with the latency of each stage.
 *
 * Runs on: the main thread of a child process.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { HardwareModel } from '../../native-sim/index.js'
import { EngineWindow, type Notes } from '../engine/engine-window.js'
import { INTERRUPT_GROUP } from '../engine/groups.js'
import { runTimed } from '../engine/timed-run.js'
import type { WindowFigures } from '../measurement-window.js'
import type { Measurement, Scenario, ScenarioContext } from '../scenario.js'
import { BatchReads } from './batch-reads.js'
import { type HardwareRig, measureOnHardware } from './hardware-rig.js'
import { READ_BYTES } from './interrupt-stamps.js'
import { ReadBooks } from './read-books.js'

type Model = HardwareModel['model']

interface Variant {
  readonly model: Model
  readonly api: 'batch' | 'promise'
  /** In flight. */
  readonly depth: number
  /** Per submit; the batch API's. */
  readonly batch?: number
  readonly hasStages: boolean
  /** The device's thread never sleeps. Default false. */
  readonly isBusy?: boolean
}

const DEVICES: Readonly<Record<Model, HardwareModel>> = {
  // No time of its own: what is measured is the way there and back.
  edu: { model: 'edu', name: 'edu0', dmaUs: 0 },
  nvme: { model: 'nvme', name: 'nvme0' },
}

/** Host, driver and device are compiled by themselves, beside each other, on as many processors as there are. */
const WARMUP_MS = 800

async function run(variant: Variant, given: ScenarioContext): Promise<Measurement> {
  const context = { ...given, warmupMs: Math.max(given.warmupMs, WARMUP_MS) }
  const { model, depth, hasStages, isBusy = false } = variant
  const parameters = model === 'nvme' ? { depth } : {}
  const options = { device: DEVICES[model], depth, parameters, hasStages, isBusy }
  return measureOnHardware(options, (rig) => measureReads(variant, rig, context))
}

async function measureReads(
  variant: Variant,
  rig: HardwareRig,
  context: ScenarioContext,
): Promise<Measurement> {
  const { engine, file, stamps } = rig
  const books = new ReadBooks(engine.channel, variant.depth, stamps)
  await books.fillDevice(file)
  const window = new EngineWindow(engine)
  const measure = variant.api === 'batch' ? measureBatches : measurePromises
  const figures = await measure(variant, rig, books, window, context)
  const complaints: Notes = books.complaints()
  return {
    ...figures,
    ...books.latencies(),
    checksumOk: Object.keys(complaints).length === 0,
    counters: window.counters(),
    notes: complaints,
  }
}

type Figures = WindowFigures & { readonly operations: number }

async function measureBatches(
  { batch = 1 }: Variant,
  { engine, file }: HardwareRig,
  books: ReadBooks,
  window: EngineWindow,
  context: ScenarioContext,
): Promise<Figures> {
  const reads = new BatchReads(engine.channel, file, books, batch)
  const load = {
    turns: function hardwareReadsTurns() {
      reads.turns()
    },
    completed: () => books.completed,
    begin() {
      books.forgetLatencies()
      window.begin()
    },
    end: () => window.end(),
  }
  const figures = await runTimed(load, context)
  reads.drain()
  return figures
}

async function measurePromises(
  { depth }: Variant,
  { file }: HardwareRig,
  books: ReadBooks,
  window: EngineWindow,
  { warmupMs, durationMs }: ScenarioContext,
): Promise<Figures> {
  const load = { isOver: false }
  const clients = Array.from({ length: depth }, async (_, place) => {
    const { bytes } = books.buffers[place]!
    const options = { offset: place * READ_BYTES }
    while (!load.isOver) {
      books.begin(place, books.clock())
      const { status, information } = await file.read(bytes, options)
      books.end(place, status, information)
    }
  })
  await delay(warmupMs)
  books.forgetLatencies()
  const before = books.completed
  window.begin()
  await delay(durationMs)
  const figures = window.end()
  const operations = books.completed - before
  load.isOver = true
  await Promise.all(clients)
  return { ...figures, operations }
}

function title({ model, api, depth, batch, hasStages, isBusy }: Variant): string {
  const name = model === 'nvme' ? 'NVMe-like' : 'edu-like'
  const busy = isBusy === true ? ' that never sleeps' : ''
  const sent = batch === undefined ? '' : `, ${batch} a submit`
  const stages = hasStages ? ', every stage timed' : ''
  return `${name} device${busy}, ${api} API, ${depth} in flight${sent}, every read verified${stages}`
}

/** Null driver at the same depth by the same API, where the benchmark has it. */
const COMPARED = new Set(['irp/batch/depth-64', 'irp/batch/depth-1024', 'irp/promise/depth-64'])

function readScenario(variant: Variant, isExtra: boolean): Scenario {
  const { model, api, depth, hasStages } = variant
  return {
    name: `interrupt/${model}/${api}/depth-${depth}${hasStages ? '/stages' : ''}`,
    unit: 'IRP/s',
    group: INTERRUPT_GROUP,
    title: title(variant),
    isExtra,
    ...(COMPARED.has(`irp/${api}/depth-${depth}`)
      ? { comparedWith: [`irp/${api}/depth-${depth}`] }
      : {}),
    run: (context) => run(variant, context),
  }
}

const NVME_64 = { model: 'nvme', api: 'batch', depth: 64, batch: 64, isBusy: true } as const

export const hardwareReadScenarios: readonly Scenario[] = [
  readScenario({ ...NVME_64, hasStages: false }, false),
  readScenario({ ...NVME_64, hasStages: true }, true),
  readScenario({ model: 'nvme', api: 'batch', depth: 1024, batch: 128, hasStages: false }, true),
  readScenario({ model: 'nvme', api: 'promise', depth: 64, hasStages: true }, true),
  readScenario({ model: 'nvme', api: 'promise', depth: 1, hasStages: true }, true),
  readScenario({ model: 'edu', api: 'promise', depth: 1, hasStages: true }, true),
  readScenario({ model: 'edu', api: 'batch', depth: 8, batch: 4, hasStages: true }, true),
]
