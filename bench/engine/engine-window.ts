/**
 * engine-window.ts: the measured window of an engine scenario: what the process used, and what the workers
 * counted meanwhile.
 *
 * Runs on: the main thread of a child process.
 *
 * Workers bring their counters up to date every few milliseconds, so a note may lag that far behind.
 */
import type { Engine } from '../../src/index.js'
import { MeasurementWindow } from '../measurement-window.js'
import type { Counters } from '../scenario.js'
import type { Window, WindowFigures } from '../measurement-window.js'

/** Free words beside the figures. */
export type Notes = Readonly<Record<string, number | string>>

interface Counts {
  readonly requests: number
  readonly batches: number
  readonly parks: number
  readonly rescues: number
  readonly hostWakeUps: number
  readonly workerWakeUps: number
  readonly hostParks: number
}

export class EngineWindow implements Window {
  readonly #engine: Engine
  readonly #window = new MeasurementWindow()
  #before: Counts
  #after: Counts

  constructor(engine: Engine) {
    this.#engine = engine
    this.#before = readCounters(engine)
    this.#after = this.#before
  }

  /** Opens the window. Call it once, after the warm-up. */
  begin(): void {
    this.#before = readCounters(this.#engine)
    this.#window.begin()
  }

  /** Closes it. Call it once, before the drain. */
  end(): WindowFigures {
    const figures = this.#window.end()
    this.#after = readCounters(this.#engine)
    return figures
  }

  /** Requests that the workers dealt with inside the window. */
  get requests(): number {
    return wrappedDifference(this.#after.requests, this.#before.requests)
  }

  /** Counts of the window, but `rescues`, which are of the whole run: there must be none. */
  counters(): Counters {
    const before = this.#before
    const after = this.#after
    const batches = wrappedDifference(after.batches, before.batches)
    return {
      workerParks: after.parks - before.parks,
      hostParks: after.hostParks - before.hostParks,
      workerWakeUps: after.workerWakeUps - before.workerWakeUps,
      hostWakeUps: after.hostWakeUps - before.hostWakeUps,
      rescues: readCounters(this.#engine).rescues,
      batches,
      requestsPerBatch: batches === 0 ? 0 : Math.round((this.requests / batches) * 10) / 10,
    }
  }
}

function readCounters(engine: Engine): Counts {
  const { parks: hostParks, rescues: hostRescues } = engine.channel.sleeper
  const workers = engine.statistics()
  const sum = (counter: 'requests' | 'batches' | 'parks' | 'rescues' | 'rings') =>
    workers.reduce((total, worker) => total + worker[counter], 0)
  return {
    requests: sum('requests'),
    batches: sum('batches'),
    parks: sum('parks'),
    rescues: sum('rescues') + hostRescues,
    hostWakeUps: sum('rings'),
    workerWakeUps: engine.channel.ports.reduce((total, port) => total + port.bell.rings, 0),
    hostParks,
  }
}

/** The workers' counters run free in 32 bits; their sum is taken back to them. */
function wrappedDifference(after: number, before: number): number {
  return (after - before) >>> 0
}
