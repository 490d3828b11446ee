/**
 * `irpool/sharedarraybuffer-queue`: single-producer single-consumer queues between threads, alone.
 */
export { Arena, allocateShared, type ArenaShare } from './arena.js'
export { QueueError, type QueueErrorCode } from './errors.js'
export { SpscConsumer, SpscProducer, createRing, initializeRing } from './spsc-ring.js'
export { Ringer, Sleeper } from './doorbell.js'
export {
  AdaptiveSpinThenPark,
  BusySpin,
  EventLoop,
  IDLE_EVENT_LOOP,
  IDLE_PARK,
  IDLE_SPIN,
  Park,
  createIdleStrategy,
  type IdleStrategy,
  type IdleStrategyName,
} from './idle-strategy.js'
export { DOORBELL_WORDS } from '../abi/doorbell-layout.js'
export { ringWords } from '../abi/ring-layout.js'
