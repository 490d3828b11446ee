/**
 * measure-trips.ts: one measurement of round trips: warm-up, window, check.
 *
 * Runs on: the thread that sends.
 */
import { percentilesOf } from '../latency.js'
import { MeasurementWindow } from '../measurement-window.js'
import type { Window } from '../measurement-window.js'
import type { Measurement, ScenarioContext } from '../scenario.js'
import type { RoundTrips } from './round-trips.js'
import { runTimed } from './timed-run.js'

export async function measureTrips(
  trips: RoundTrips,
  context: ScenarioContext,
  window: Window = new MeasurementWindow(),
): Promise<Measurement> {
  const load = {
    turns: function roundTripTurns() {
      trips.turns()
    },
    completed: () => trips.trips,
    begin() {
      trips.latency.reset()
      window.begin()
    },
    end: () => window.end(),
  }
  trips.warmUp()
  const figures = await runTimed(load, context)
  const { wrong, latency } = trips
  return {
    ...figures,
    ...(latency.count === 0 ? {} : { latencyNs: percentilesOf(latency) }),
    checksumOk: wrong === 0,
    notes: wrong === 0 ? {} : { wrong },
  }
}
