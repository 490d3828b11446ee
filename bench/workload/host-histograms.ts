/**
 * host-histograms.ts: the latencies that the hosts of a workload record, in shared memory, a set a host: all of
 * them in the first and the second half of the window, and by stage.
 *
 * Runs on: the host that a set belongs to records; main reads once the host has reported.
 */
import { histogramBytes, LogLinearHistogram } from '../../src/observe/log-linear-histogram.js'
import { percentilesOf } from '../latency.js'
import { STAGES, type LatencyNs } from '../scenario.js'

type Stage = (typeof STAGES)[number]

const KINDS = ['first half', 'second half', ...STAGES] as const
type Kind = (typeof KINDS)[number]

export function hostHistogramsBuffer(hosts: number): SharedArrayBuffer {
  return new SharedArrayBuffer(hosts * KINDS.length * histogramBytes())
}

/** The set of one host, over what lies in the buffer. */
export class HostHistograms {
  readonly firstHalf: LogLinearHistogram
  readonly secondHalf: LogLinearHistogram
  readonly stages: Readonly<Record<Stage, LogLinearHistogram>>

  constructor(buffer: SharedArrayBuffer, host: number) {
    const at = (kind: Kind) => {
      const index = host * KINDS.length + KINDS.indexOf(kind)
      return new LogLinearHistogram(undefined, { buffer, byteOffset: index * histogramBytes() })
    }
    this.firstHalf = at('first half')
    this.secondHalf = at('second half')
    const stages = STAGES.map((stage) => [stage, at(stage)])
    this.stages = Object.fromEntries(stages) as Record<Stage, LogLinearHistogram>
  }

  reset(): void {
    this.firstHalf.reset()
    this.secondHalf.reset()
    for (const stage of STAGES) this.stages[stage].reset()
  }
}

export interface MergedLatencies {
  readonly latencyNs?: LatencyNs
  readonly stagesNs?: Readonly<Record<Stage, LatencyNs>>
  /** p99 of the second half of the window by that of the first: 1 when latencies do not grow. */
  readonly growth?: number
}

/** The latencies of all hosts together. */
export function mergeHistograms(buffer: SharedArrayBuffer, hosts: number): MergedLatencies {
  const sets = Array.from({ length: hosts }, (_, host) => new HostHistograms(buffer, host))
  const first = merged(sets.map(({ firstHalf }) => firstHalf))
  const second = merged(sets.map(({ secondHalf }) => secondHalf))
  const all = merged([first, second])
  if (all.count === 0) return {}
  const stages = STAGES.map(
    (stage) => [stage, merged(sets.map((set) => set.stages[stage]))] as const,
  )
  const hasStages = stages.some(([, { count }]) => count > 0)
  const summaries = stages.map(([stage, histogram]) => [stage, percentilesOf(histogram)])
  return {
    latencyNs: percentilesOf(all),
    ...(hasStages ? { stagesNs: Object.fromEntries(summaries) as Record<Stage, LatencyNs> } : {}),
    ...(first.count === 0 || second.count === 0
      ? {}
      : { growth: second.percentile(99) / Math.max(1, first.percentile(99)) }),
  }
}

function merged(histograms: readonly LogLinearHistogram[]): LogLinearHistogram {
  const sum = new LogLinearHistogram()
  for (const histogram of histograms) sum.merge(histogram)
  return sum
}
