/**
 * groups.ts: the headings under which the tables put the engine's scenarios.
 *
 * Runs on: any thread.
 */
import { availableParallelism } from 'node:os'

export const RING_GROUP = 'ring: numbers from one thread to another, no engine'
export const ENGINE_GROUP = 'engine: requests through queue, handler and back'
export const OPEN_LOOP_GROUP =
  'open loop: requests at a given rate, latency from the intended send time'
export const LATENCY_GROUP = 'latency: one request in flight'
/** With fewer than three processors the threads wait for each other's: the heading says so. */
export const INTERRUPT_GROUP = `interrupts: host, driver, device, ISR, DPC, host: three threads on ${processors()}`
export const HARDWARE_GROUP = 'simulated hardware: a thread of its own submits, main waits'
export const WAIT_GROUP = 'wait strategies: what an idle worker does, and what it costs'
export const IDLE_GROUP = 'idle: nothing to do'

function processors(): string {
  const count = availableParallelism()
  return `${count} processor${count === 1 ? '' : 's'}${count < 3 ? ', oversubscribed' : ''}`
}
