/**
 * latency.ts: from a histogram of latencies to the figures that are reported.
 *
 * Runs on: any thread.
 */
import type { LogLinearHistogram } from '../src/observe/log-linear-histogram.js'
import type { LatencyNs } from './scenario.js'

export function percentilesOf(latency: LogLinearHistogram): LatencyNs {
  return {
    p50: latency.percentile(50),
    p90: latency.percentile(90),
    p99: latency.percentile(99),
    p999: latency.percentile(99.9),
    p9999: latency.percentile(99.99),
    max: latency.max,
  }
}
