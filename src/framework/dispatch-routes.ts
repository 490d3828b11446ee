/**
 * Dispatch routes: which gate each request of a device stack comes to, entered into the dispatch table of a
 * worker. Runs on: worker, control plane, and when a driver configures a queue while its device runs.
 */
import { ROW_DEVICE_SHIFT } from '../abi/irp-layout.js'
import { MAJOR_FUNCTION_COUNT } from '../abi/major-function.js'
import type { QueueGate } from '../dispatch/queue-gate.js'
import type { Device } from './device.js'
import type { IoQueue } from './io-queue.js'

const DISPATCH_ROW_WIDTH = 1 << ROW_DEVICE_SHIFT

/** Enters all levels of a stack. */
export function enterRoutes(table: (QueueGate | null)[], top: Device): void {
  for (const device of levelsOf(top)) {
    const row = device.id << ROW_DEVICE_SHIFT
    while (table.length < row + DISPATCH_ROW_WIDTH) table.push(null)
    for (let major = 0; major < MAJOR_FUNCTION_COUNT; major++) {
      table[row + major] = directRoute(device, major)
    }
  }
}

/** Takes one level out: no gate gets its requests from now on. */
export function clearRoutes(table: (QueueGate | null)[], device: Device): void {
  const row = device.id << ROW_DEVICE_SHIFT
  for (let i = 0; i < DISPATCH_ROW_WIDTH; i++) table[row + i] = null
}

/** The queue that takes a major function at a device; null: none, or a filter's that does not handle it. */
export function queueOf(device: Device, major: number): IoQueue | null {
  const queue = device.dispatchTable[major] ?? null
  return queue !== null && device.isFilter && !queue.handles(major) ? null : queue
}

/** The devices of a stack, top to bottom. */
export function levelsOf(top: Device): Device[] {
  const levels: Device[] = []
  for (let device: Device | null = top; device !== null; device = device.lower) levels.push(device)
  return levels
}

/** The top of a device's stack. */
export function topOf(device: Device): Device {
  let top = device
  while (top.upper !== null) top = top.upper
  return top
}

/** The gate that a request comes to straight away: through filters that do not care, past no callback. */
function directRoute(device: Device, major: number): QueueGate | null {
  if (device.hasCallbackBefore(major)) return null
  const queue = queueOf(device, major)
  if (queue !== null) return queue
  const { lower } = device
  return device.isFilter && lower !== null && !device.takesFile(major)
    ? directRoute(lower, major)
    : null
}
