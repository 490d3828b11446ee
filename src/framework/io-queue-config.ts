/**
 * Configuration of an I/O queue, and what KMDF refuses in one. Runs on: worker, while a device is added.
 * Source: WDF_IO_QUEUE_CONFIG, WdfIoQueueCreate; kmdf.md 3.2.
 */
import {
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
} from '../abi/major-function.js'
import { STATUS_INVALID_PARAMETER, STATUS_WDF_NO_CALLBACK } from '../abi/ntstatus.js'
import { WdfStatusError } from './errors.js'
import { checkScopeAndLevel, type ScopeAndLevel } from './execution-level.js'
import type { ChildAttributes } from './framework-object.js'
import type { IoQueue } from './io-queue.js'
import type { Request } from './request.js'
import type { DispatchType } from './synchronization-scope.js'

/** What a handler may return: nothing, or a promise when it is asynchronous. The request is completed by a call, never by returning. */
// oxlint-disable-next-line typescript/no-invalid-void-type
export type HandlerReturn = void | Promise<void>

export type EvtIoRead = (queue: IoQueue, request: Request, length: number) => HandlerReturn
export type EvtIoWrite = (queue: IoQueue, request: Request, length: number) => HandlerReturn
export type EvtIoDefault = (queue: IoQueue, request: Request) => HandlerReturn
export type EvtIoDeviceControl = (
  queue: IoQueue,
  request: Request,
  outputBufferLength: number,
  inputBufferLength: number,
  ioControlCode: number,
) => HandlerReturn
export type EvtIoInternalDeviceControl = EvtIoDeviceControl
/**
 * The device is leaving D0 or going away, and the driver owns this request: complete it, forward it, or
 * acknowledge with `request.stopAcknowledge`. `actionFlags`: WdfRequestStopActionSuspend or …Purge, with
 * WdfRequestStopRequestCancelable when it is marked cancelable.
 */
export type EvtIoStop = (queue: IoQueue, request: Request, actionFlags: number) => HandlerReturn
/** The device is back in D0; the request is one that EvtIoStop acknowledged and kept. */
export type EvtIoResume = (queue: IoQueue, request: Request) => HandlerReturn
/** A request that the driver had before was cancelled in this queue: the driver owns it again and completes it. */
export type EvtIoCanceledOnQueue = (queue: IoQueue, request: Request) => HandlerReturn

/** Flags of EvtIoStop. WDF_REQUEST_STOP_ACTION_FLAGS. */
export const WdfRequestStopActionSuspend = 1
export const WdfRequestStopActionPurge = 2
export const WdfRequestStopRequestCancelable = 0x10000000

export interface IoQueueConfig extends ScopeAndLevel, ChildAttributes<IoQueue> {
  /** `sequential`: one driver-owned request at a time; `parallel`: several; `manual`: the driver retrieves. */
  readonly dispatchType: DispatchType
  /** Gets every request that no other queue is configured for. One a device. */
  readonly defaultQueue?: boolean
  /** Parallel queues: how many requests the driver may own at once. Default: unlimited. */
  readonly numberOfPresentedRequests?: number
  /** Let reads and writes of zero bytes through; the Framework completes them otherwise. */
  readonly allowZeroLengthRequests?: boolean
  /** Present requests only while the device is in D0. Default: true, for a filter's queues false. */
  readonly powerManaged?: boolean
  readonly EvtIoRead?: EvtIoRead
  readonly EvtIoWrite?: EvtIoWrite
  readonly EvtIoDeviceControl?: EvtIoDeviceControl
  readonly EvtIoInternalDeviceControl?: EvtIoInternalDeviceControl
  readonly EvtIoDefault?: EvtIoDefault
  readonly EvtIoStop?: EvtIoStop
  readonly EvtIoResume?: EvtIoResume
  readonly EvtIoCanceledOnQueue?: EvtIoCanceledOnQueue
}

const HANDLERS = [
  'EvtIoRead',
  'EvtIoWrite',
  'EvtIoDeviceControl',
  'EvtIoInternalDeviceControl',
  'EvtIoDefault',
] as const

const CALLBACKS = [...HANDLERS, 'EvtIoStop', 'EvtIoResume', 'EvtIoCanceledOnQueue'] as const

/** Throws WdfStatusError for a configuration that WdfIoQueueCreate refuses. */
export function checkIoQueueConfig(config: IoQueueConfig): void {
  if (typeof config !== 'object' || config === null) {
    refuse(STATUS_INVALID_PARAMETER, 'an I/O queue needs a configuration object', config)
  }
  const { dispatchType, numberOfPresentedRequests: presented = 0 } = config
  if (dispatchType !== 'sequential' && dispatchType !== 'parallel' && dispatchType !== 'manual') {
    refuse(
      STATUS_INVALID_PARAMETER,
      `dispatchType ${JSON.stringify(dispatchType)} is not 'sequential', 'parallel' or 'manual'`,
      dispatchType,
    )
  }
  for (const name of CALLBACKS) {
    if (config[name] !== undefined && typeof config[name] !== 'function') {
      refuse(STATUS_INVALID_PARAMETER, `${name} is not a function`, config[name])
    }
  }
  const handled = HANDLERS.filter((name) => config[name] !== undefined)
  if (dispatchType === 'manual' && handled.length > 0) {
    refuse(
      STATUS_INVALID_PARAMETER,
      `a manual queue has no request handlers; take ${handled.join(', ')} away`,
      handled,
    )
  }
  if (dispatchType !== 'manual' && handled.length === 0) {
    refuse(STATUS_WDF_NO_CALLBACK, `a ${dispatchType} queue needs at least one EvtIo handler`, [])
  }
  if (dispatchType !== 'parallel' && presented !== 0) {
    refuse(
      STATUS_INVALID_PARAMETER,
      `numberOfPresentedRequests is for parallel queues, this one is ${dispatchType}`,
      presented,
    )
  }
  if (presented !== Infinity && (!Number.isInteger(presented) || presented < 0)) {
    refuse(
      STATUS_INVALID_PARAMETER,
      `numberOfPresentedRequests ${presented} is not a whole number from 1, or absent for no limit`,
      presented,
    )
  }
  checkScopeAndLevel(config)
}

function refuse(status: number, message: string, value: unknown): never {
  throw new WdfStatusError(status, message, value)
}

/** Whether a queue can take requests of that major function (manual queues take all). */
export function handlesMajor(config: IoQueueConfig, major: number): boolean {
  if (config.dispatchType === 'manual' || config.EvtIoDefault !== undefined) return true
  switch (major) {
    case IRP_MJ_READ:
      return config.EvtIoRead !== undefined
    case IRP_MJ_WRITE:
      return config.EvtIoWrite !== undefined
    case IRP_MJ_DEVICE_CONTROL:
      return config.EvtIoDeviceControl !== undefined
    case IRP_MJ_INTERNAL_DEVICE_CONTROL:
      return config.EvtIoInternalDeviceControl !== undefined
    default:
      return false
  }
}

/** How many requests the driver may own at once, on all workers together. */
export function presentedLimit(config: IoQueueConfig): number {
  if (config.dispatchType === 'manual') return 0
  if (config.dispatchType === 'sequential') return 1
  const asked = config.numberOfPresentedRequests ?? 0
  return asked === 0 ? Infinity : asked
}
