/**
 * promise.ts: the promise API in a closed loop: each answer issues the next read into a buffer of its own.
 *
 * Runs on: the main thread of a child process.
 *
 * A client is the loop that a user would write, and little else: two comparisons prove its answer, one
 * request in SAMPLE_EVERY is timed. Window and warm-up end by timers of the same event loop, so nobody looks
 * at the clock in between. (With the rivals' books in the loop this was a tenth slower: they are made for
 * ways that take microseconds a request.) A promise settles once; that every request was answered once is
 * for the ledger to say. Buffers lie in the channel (direct), as the null driver writes nothing that would
 * have to be copied.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { IrpFile } from '../../src/index.js'
import { LogLinearHistogram } from '../../src/observe/log-linear-histogram.js'
import { percentilesOf } from '../latency.js'
import type { Measurement, Scenario, ScenarioContext } from '../scenario.js'
import { barePromiseScenario } from './bare-promises.js'
import { EngineWindow } from './engine-window.js'
import { ENGINE_GROUP } from './groups.js'
import { measureOnEngine, nullDevices, slotsFor } from './null-devices.js'

const DEPTH = 64
const SAMPLE_EVERY = 13
const OFFSET_STEP = 512
const OFFSET_MASK = 0x0fff_ffff
/** Collector and compiler settle later than at other variants: each request allocates. */
const WARM_UP_MS = 600

/** What all clients share. */
class PromiseLoad {
  readonly latency = new LogLinearHistogram()
  isOver = false
  completed = 0
  wrong = 0
}

async function promiseClient(load: PromiseLoad, file: IrpFile, bytes: Uint8Array): Promise<void> {
  const { byteLength } = bytes
  let offset = 0
  let untilSample = SAMPLE_EVERY
  while (!load.isOver) {
    const isSample = --untilSample === 0
    const startMs = isSample ? performance.now() : 0
    const { status, information } = await file.read(bytes, { offset })
    if (status !== 0 || information !== byteLength) load.wrong++
    load.completed++
    offset = (offset + OFFSET_STEP) & OFFSET_MASK
    if (isSample) {
      load.latency.record((performance.now() - startMs) * 1e6)
      untilSample = SAMPLE_EVERY
    }
  }
}

async function run({ options, warmupMs, durationMs }: ScenarioContext): Promise<Measurement> {
  const workers = Math.min(options.workers, DEPTH)
  const devices = await nullDevices(workers)
  const engineOptions = { workers, slots: slotsFor(DEPTH), devices }
  return measureOnEngine(engineOptions, async function measurePromises(engine) {
    const files = await Promise.all(devices.map(({ name }) => engine.open(name)))
    const window = new EngineWindow(engine)
    const load = new PromiseLoad()
    const clients = Array.from({ length: DEPTH }, (_, client) => {
      // Of different lengths, so that mixed-up answers show.
      const { bytes } = engine.channel.allocate(((client & 7) + 1) * OFFSET_STEP)
      return promiseClient(load, files[client % files.length]!, bytes)
    })
    await delay(Math.max(warmupMs, Math.min(WARM_UP_MS, 2 * durationMs)))
    load.latency.reset()
    const before = load.completed
    window.begin()
    await delay(durationMs)
    const figures = window.end()
    const operations = load.completed - before
    load.isOver = true
    await Promise.all(clients)
    const { latency, wrong } = load
    return {
      operations,
      ...figures,
      ...(latency.count === 0 ? {} : { latencyNs: percentilesOf(latency) }),
      checksumOk: wrong === 0,
      counters: window.counters(),
      notes: wrong === 0 ? {} : { wrong },
    }
  })
}

export const promiseScenarios: readonly Scenario[] = [
  barePromiseScenario,
  {
    name: `irp/promise/depth-${DEPTH}`,
    unit: 'IRP/s',
    group: ENGINE_GROUP,
    title: `promise API, ${DEPTH} in flight`,
    quick: true,
    comparedWith: [
      `rival/post-message/depth-${DEPTH}`,
      `rival/post-message-object/depth-${DEPTH}`,
      `rival/piscina-tasks-64/depth-${DEPTH}`,
      `rival/piscina-tasks-1/depth-${DEPTH}`,
      barePromiseScenario.name,
    ],
    run,
  },
]
