// `irpool/native-sim`: simulated hardware for an engine. Devices with registers, interrupts and DMA, each on a thread
// of its own; an interrupt producer that raises requests; and their parts (random numbers, arrival processes, block
// traces, the oracle of a disk's content).

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
export { HardwareDiedError, ProducerDiedError, SimulationError, TraceError } from './errors.js'

export {
  channelWindow,
  SimulatedHardware,
  type SimulatedHardwareOptions,
} from './simulated-hardware.js'
export type { HardwareDevice, HardwareReport } from './hardware-device.js'
export { type HardwareClock, RealClock, VirtualClock } from './hardware-clock.js'
export { EduDevice, type EduOptions } from './edu-device.js'
export { NvmeDevice, type NvmeOptions } from './nvme-device.js'
export { type HardwareModel, prepareHardware } from './hardware-models.js'
export type { DmaFault, DmaWindow } from './dma-space.js'
export type { FaultCounts, FaultOptions } from './fault-plan.js'
export type { Trigger } from './interrupt-line.js'
export { InterruptLine } from './interrupt-line.js'
export { FaultPlan } from './fault-plan.js'
export { createRaiseTimes, raiseTimeNs } from './raise-times.js'
export { createBar, RegisterBank, type RegisterSpec } from './register-bank.js'
