// `irpool/native-sim`: simulated hardware for an engine. An interrupt producer raises requests on a thread of its
// own; its parts (random numbers, arrival processes, block traces, the oracle of a disk's content) come along.

export { InterruptProducer } from './interrupt-producer.js'
export type { ProducerOptions } from './producer-options.js'
export type { Arrival } from './producer-arrival.js'
export type { ProducerEnd, ProducerReport } from './producer-report.js'
export type { DurationsNs } from '../src/index.js'
export type { Mismatch } from './request-verifier.js'

export { Random } from './random.js'
export {
  type ArrivalProcess,
  Bursts,
  ClosedLoop,
  FixedRate,
  Poisson,
  RecordedPace,
} from './arrival.js'
export {
  RandomRequests,
  type RandomRequestsOptions,
  type RequestSource,
  TraceRequests,
} from './request-source.js'
export { type BlockTrace, readBlockTrace } from './block-trace.js'
export { BlockOracle, type BlockOracleOptions, READ_RIGHT, READ_UNDECIDED } from './block-oracle.js'
export { ProducerDiedError, SimulationError, TraceError } from './errors.js'
