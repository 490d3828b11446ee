/**
 * overload-warnings.ts: variants of an open loop that were offered more than they took: whoever reads their
 * percentiles has to know, for a backlog makes them as long as one cares to measure.
 *
 * Runs on: the main thread of the command.
 */
import { formatCount } from './format.js'
import type { ScenarioReport } from './report-json.js'

/** A sentence for each of them. */
export function overloadWarnings(scenarios: readonly ScenarioReport[]): string[] {
  return scenarios.flatMap((scenario) => {
    if (scenario.median === undefined || scenario.notes?.['overloaded'] === undefined) return []
    const offered = formatCount(Number(scenario.notes['offeredRate']))
    return [
      `${scenario.name}: ${offered} a second were offered and not reached: latencies grow with the length of the run.`,
    ]
  })
}
