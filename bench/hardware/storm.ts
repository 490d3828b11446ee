/**
 * storm.ts: an interrupt storm: hardware that interrupts ten times as often as the driver can take (receive
 * livelock), while a host reads. What is got done must stay what it was, no read may starve, no event that the
 * hardware has accepted may be lost.
 *
 * Runs on: the main thread of a child process, which reads in a closed loop of DEPTH; the hardware has a thread of
 * its own.
 *
 *   window, first quarter    events as the driver takes them: its capacity
 *   three quarters           1, 3 and 10 times that; peak = the most of all four
 *
 * The figure is the events dealt with a second at ten times the capacity, in per cent of the peak. Mogul and
 * Ramakrishnan, Eliminating Receive Livelock in an Interrupt-Driven Kernel.
 */
import { availableParallelism } from 'node:os'
import type { Engine, IrpFile } from '../../src/index.js'
import { EngineWindow } from '../engine/engine-window.js'
import { INTERRUPT_GROUP } from '../engine/groups.js'
import { measureOnEngine, slotsFor } from '../engine/null-devices.js'
import { runTimed } from '../engine/timed-run.js'
import type { WindowFigures } from '../measurement-window.js'
import type { Measurement, Scenario, ScenarioContext, Skipped } from '../scenario.js'
import { BatchReads } from './batch-reads.js'
import { ReadBooks } from './read-books.js'
import { StormHardware } from './storm-hardware.js'
import {
  AS_TAKEN,
  CONSUMED,
  createStormPlan,
  DPCS,
  MODERATIONS,
  OFFERED,
  OUT_OF_ORDER,
  RATE,
  SERVICES,
} from './storm-plan.js'

const DEPTH = 16
const BATCH = 8
const TIMES_CAPACITY = [1, 3, 10]
/** Below that a phase tells little of the next. */
const SHORTEST_PHASE_MS = 100

/** What was done in one phase, a second. */
interface Phase {
  readonly figures: WindowFigures & { readonly operations: number }
  readonly offered: number
  readonly consumed: number
  readonly reads: number
}

/** The reads of a storm, phase by phase. */
class StormRun {
  readonly books: ReadBooks
  readonly #hardware: StormHardware
  readonly #window: EngineWindow
  readonly #reads: BatchReads

  constructor(engine: Engine, file: IrpFile, hardware: StormHardware, window: EngineWindow) {
    this.books = new ReadBooks(engine.channel, DEPTH, null, true)
    this.#reads = new BatchReads(engine.channel, file, this.books, BATCH)
    this.#hardware = hardware
    this.#window = window
  }

  /** The hardware offers so many events a second for a while; what is done after the warm-up counts. */
  async phase(rate: number, context: ScenarioContext): Promise<Phase> {
    const { books } = this
    const { fields } = this.#hardware
    fields[RATE] = rate
    const before = { offered: 0, consumed: 0, reads: 0 }
    const figures = await runTimed(
      {
        turns: () => this.#reads.turns(),
        completed: () => books.completed,
        begin: () => {
          before.offered = fields[OFFERED]!
          before.consumed = fields[CONSUMED]!
          before.reads = books.completed
          this.#window.begin()
        },
        end: () => this.#window.end(),
      },
      context,
    )
    const { seconds } = figures
    return {
      figures,
      offered: (fields[OFFERED]! - before.offered) / seconds,
      consumed: (fields[CONSUMED]! - before.consumed) / seconds,
      reads: (books.completed - before.reads) / seconds,
    }
  }

  drain(): void {
    this.#reads.drain()
  }
}

async function run(context: ScenarioContext): Promise<Measurement | Skipped> {
  if (availableParallelism() < 2) return { skipped: 'needs two cores: the hardware never sleeps' }
  const options = { workers: 1, slots: slotsFor(DEPTH) }
  return measureOnEngine(options, async function measureStorm(engine) {
    const plan = createStormPlan()
    const [line] = engine.allocateInterruptLines(0, 1)
    const hardware = await StormHardware.start(plan, line!)
    await engine.addDevice({
      name: 'storm0',
      driver: new URL('./storm-driver.js', import.meta.url),
      parameters: { plan },
      hardware: { interrupts: [{ line: line!, trigger: 'message' }] },
    })
    const file = await engine.open('storm0')
    const window = new EngineWindow(engine)
    const storm = new StormRun(engine, file, hardware, window)
    const measurement = await measurePhases(storm, hardware, window, context)
    await file.close()
    await engine.removeDevice('storm0')
    return measurement
  })
}

async function measurePhases(
  storm: StormRun,
  hardware: StormHardware,
  window: EngineWindow,
  context: ScenarioContext,
): Promise<Measurement> {
  const share = context.durationMs / (1 + TIMES_CAPACITY.length)
  const durationMs = Math.max(SHORTEST_PHASE_MS, share)
  const calm = await storm.phase(AS_TAKEN, { ...context, durationMs })
  const phases = [calm]
  storm.books.forgetLatencies()
  for (const times of TIMES_CAPACITY) {
    const rate = Math.round(times * calm.consumed)
    phases.push(await storm.phase(rate, { ...context, durationMs, warmupMs: durationMs / 10 }))
  }
  storm.drain()
  const { raised, unserviced, lostEvents } = await hardware.stop()
  const { fields } = hardware
  const worst = phases.at(-1)!
  const peak = Math.max(...phases.map(({ consumed }) => consumed))
  const { latencyNs } = storm.books.latencies()
  const wrong = nonZero({ lostEvents, unserviced, eventsOutOfOrder: fields[OUT_OF_ORDER]! })
  const complaints = { ...storm.books.complaints(), ...wrong }
  return {
    ...worst.figures,
    ...(latencyNs === undefined ? {} : { latencyNs }),
    value: (100 * worst.consumed) / peak,
    checksumOk: Object.keys(complaints).length === 0,
    counters: window.counters(),
    notes: {
      capacityEvents: Math.round(calm.consumed),
      peakEvents: Math.round(peak),
      stormOffered: Math.round(worst.offered),
      stormTimesCapacity: Math.round((10 * worst.offered) / calm.consumed) / 10,
      stormEvents: Math.round(worst.consumed),
      readsAtCapacity: Math.round(calm.reads),
      readsInStorm: Math.round(worst.reads),
      oldestReadUs: Math.round((latencyNs?.max ?? 0) / 1000),
      raised,
      services: fields[SERVICES]!,
      dpcs: fields[DPCS]!,
      moderations: fields[MODERATIONS]!,
      raisesLost: unserviced,
      ...complaints,
    },
  }
}

function nonZero(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0))
}

export const stormScenarios: readonly Scenario[] = [
  {
    name: 'interrupt/storm',
    unit: '% of peak',
    group: INTERRUPT_GROUP,
    title: 'hardware interrupts for 10 times what the driver can take, while a host reads',
    isExtra: true,
    run,
  },
]
