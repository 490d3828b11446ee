/**
 * groups.ts: the headings under which the tables put the engine's scenarios.
 *
 * Runs on: any thread.
 */
export const RING_GROUP = 'ring: numbers from one thread to another, no engine'
export const ENGINE_GROUP = 'engine: requests through queue, handler and back'
export const OPEN_LOOP_GROUP =
  'open loop: requests at a given rate, latency from the intended send time'
export const LATENCY_GROUP = 'latency: one request in flight'
export const INTERRUPT_GROUP =
  'interrupts: driver, doorbell, device on a thread of its own, ISR, DPC, completion'
export const HARDWARE_GROUP = 'simulated hardware: a thread of its own submits, main waits'
export const WAIT_GROUP = 'wait strategies: what an idle worker does, and what it costs'
export const IDLE_GROUP = 'idle: nothing to do'
