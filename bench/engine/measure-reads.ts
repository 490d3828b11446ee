/**
 * measure-reads.ts: one measurement of a closed loop of reads: warm-up, window, drain, check.
 *
 * Runs on: the main thread of a child process.
 */
import type { Engine } from '../../src/index.js'
import { percentilesOf } from '../latency.js'
import type { Measurement, ScenarioContext } from '../scenario.js'
import { EngineWindow } from './engine-window.js'
import type { NullReads } from './null-reads.js'
import { runTimed } from './timed-run.js'

export async function measureReads(
  reads: NullReads,
  engine: Engine,
  context: ScenarioContext,
): Promise<Measurement> {
  const window = new EngineWindow(engine)
  const load = {
    turns: function nullReadsTurns() {
      reads.turns()
    },
    completed: () => reads.completed,
    begin() {
      reads.forgetLatencies()
      window.begin()
    },
    end: () => window.end(),
  }
  const figures = await runTimed(load, context)
  const latencyNs = reads.latency.count === 0 ? {} : { latencyNs: percentilesOf(reads.latency) }
  const complaints = reads.drain()
  return {
    ...figures,
    ...latencyNs,
    checksumOk: Object.keys(complaints).length === 0,
    counters: window.counters(),
    notes: complaints,
  }
}
