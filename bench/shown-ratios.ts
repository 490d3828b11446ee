/**
 * shown-ratios.ts: which ratios of a scenario tables show; the JSON has all of them.
 *
 * Runs on: any thread.
 */
import type { RatioReport } from './report-json.js'

const SHOWN = 2

/** The first two that a scenario names: the rival at its best, and as most people use it. Not its C++ twin. */
export function shownRatios(ratios: readonly RatioReport[], scenario: string): RatioReport[] {
  const own = ratios.filter((ratio) => ratio.scenario === scenario && ratio.kind !== 'native')
  return own.slice(0, SHOWN)
}
