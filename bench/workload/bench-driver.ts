/**
 * bench-driver.ts: the driver of workloads whose latency is measured by stage, or whose handler is asynchronous:
 * completes every request with all of its bytes, at once, after computing, or after a timer.
 *
 * Runs on: a Framework worker.
 * Parameters: dispatchType, synchronizationScope, spinUs, asyncMs (undefined: synchronous), stamps (optional),
 * gc (optional: three floats a worker: collections, their milliseconds in all, the longest).
 */
import { PerformanceObserver } from 'node:perf_hooks'
import { defineDriver, STATUS_SUCCESS } from '../../src/index.js'
import type {
  DispatchType,
  EvtIoRead,
  IoQueue,
  Request,
  SynchronizationScope,
} from '../../src/index.js'
import { createSharedClock } from '../../native-sim/shared-clock.js'
import type { StampsPlan } from './stamps.js'

export interface BenchDriverParameters {
  readonly dispatchType: DispatchType
  readonly synchronizationScope: SynchronizationScope
  readonly spinUs: number
  readonly asyncMs?: number
  readonly stamps?: StampsPlan
  readonly gc?: SharedArrayBuffer
}

/** Floats a worker. */
export const GC_FLOATS = 3

let observer: PerformanceObserver | undefined

/** Counts this worker's collections, once however many devices it has. */
function observeGc(buffer: SharedArrayBuffer, worker: number): void {
  if (observer !== undefined) return
  const totals = new Float64Array(buffer, worker * GC_FLOATS * 8, GC_FLOATS)
  observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      totals[0] = totals[0]! + 1
      totals[1] = totals[1]! + duration
      totals[2] = Math.max(totals[2]!, duration)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
}

function spin(untilMs: number): void {
  while (performance.now() < untilMs);
}

function plainHandler({ spinUs }: BenchDriverParameters): EvtIoRead {
  return function benchEvtIoTransfer(_queue: IoQueue, request: Request, length: number): void {
    if (spinUs > 0) spin(performance.now() + spinUs / 1000)
    request.completeWithInformation(STATUS_SUCCESS, length)
  }
}

function stampingHandler({ spinUs }: BenchDriverParameters, plan: StampsPlan): EvtIoRead {
  const clock = createSharedClock()
  const stamps = new Float64Array(plan.buffer)
  const { blockBytes } = plan
  return function stampingEvtIoTransfer(_queue: IoQueue, request: Request, length: number): void {
    const at = (request.deviceOffset / blockBytes) << 1
    stamps[at] = clock()
    if (spinUs > 0) spin(performance.now() + spinUs / 1000)
    stamps[at + 1] = clock()
    request.completeWithInformation(STATUS_SUCCESS, length)
  }
}

function asynchronousHandler(asyncMs: number, plan: StampsPlan | undefined): EvtIoRead {
  const clock = createSharedClock()
  // Without a plan there is no place for a stamp, and a write to none is no write.
  const stamps = new Float64Array(plan?.buffer ?? new SharedArrayBuffer(0))
  const blockBytes = plan?.blockBytes ?? 1
  return async function asynchronousEvtIoTransfer(
    _queue: IoQueue,
    request: Request,
    length: number,
  ): Promise<void> {
    const at = (request.deviceOffset / blockBytes) << 1
    stamps[at] = clock()
    await new Promise((resolve) => setTimeout(resolve, asyncMs))
    stamps[at + 1] = clock()
    request.completeWithInformation(STATUS_SUCCESS, length)
  }
}

function handlerOf(parameters: BenchDriverParameters): EvtIoRead {
  const { asyncMs, stamps } = parameters
  if (asyncMs !== undefined) return asynchronousHandler(asyncMs, stamps)
  return stamps === undefined ? plainHandler(parameters) : stampingHandler(parameters, stamps)
}

export default defineDriver({
  EvtDriverDeviceAdd(_driver, deviceInit) {
    const parameters = deviceInit.parameters as unknown as BenchDriverParameters
    const { dispatchType, synchronizationScope, gc } = parameters
    const device = deviceInit.createDevice({ synchronizationScope })
    if (gc !== undefined) observeGc(gc, device.placement.thisWorker)
    const transfer = handlerOf(parameters)
    device.createIoQueue({
      dispatchType,
      defaultQueue: true,
      EvtIoRead: transfer,
      EvtIoWrite: transfer,
    })
  },
})
