/**
 * histogram.ts: what recording a latency costs.
 *
 * Runs on: the main thread of bench/micro/main.ts.
 */
import { LogLinearHistogram } from '../../src/observe/log-linear-histogram.js'
import { expectCount, type Micro } from './micro.js'

const OPERATIONS = 4096
/** Steps through values from nanoseconds to milliseconds without drawing them. */
const STEP = 1_000_003
const MASK = 0xf_ffff

const histogram = new LogLinearHistogram()

function recordMany(): void {
  for (let i = 0; i < OPERATIONS; i++) histogram.record(Math.imul(i, STEP) & MASK)
}

export const histogramMicros: readonly Micro[] = [
  {
    name: 'log-linear histogram: record a latency',
    operations: OPERATIONS,
    run() {
      histogram.reset()
      recordMany()
      expectCount(histogram.count, OPERATIONS, 'latencies')
      return undefined
    },
  },
]
