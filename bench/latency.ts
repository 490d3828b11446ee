/**
 * latency.ts: from a histogram of latencies to the four figures that are reported.
 *
 * Runs on: any thread.
 */
import type { LogLinearHistogram } from './log-linear-histogram.js'
import type { LatencyNs } from './scenario.js'

export function percentilesOf(latency: LogLinearHistogram): LatencyNs {
  return {
    p50: latency.percentile(50),
    p99: latency.percentile(99),
    p999: latency.percentile(99.9),
    max: latency.max,
  }
}
