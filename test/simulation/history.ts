/**
 * History: what befell one request, as its host, its drivers and the simulation know it; and what may become of it
 * then. Runs on: the simulation's one thread.
 */
import {
  STATUS_CANCELLED,
  STATUS_DEVICE_NOT_CONNECTED,
  STATUS_DEVICE_NOT_READY,
  STATUS_DEVICE_REMOVED,
  STATUS_DRIVER_INTERNAL_ERROR,
  STATUS_DRIVER_PROCESS_TERMINATED,
  STATUS_FILE_CLOSED,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_IO_TIMEOUT,
  STATUS_NO_SUCH_DEVICE,
  STATUS_POWER_STATE_INVALID,
} from '../../src/abi/ntstatus.js'
import type { DeviceHistory } from './device-history.js'
import type { WorkerActor } from './worker-actor.js'

export type RequestKind = 'read' | 'write' | 'ioctl'

/** An end that a driver decided, or a host was told. */
export interface Outcome {
  readonly status: number
  readonly information: number
}

export class RequestHistory {
  readonly id: number
  readonly kind: RequestKind
  readonly length: number
  readonly host: string
  readonly device: DeviceHistory
  /** Its host, its file or the engine asked for its end. */
  isCancelAsked = false
  hasTimeout = false
  /** Its host has died: it is told to nobody. */
  isAbandoned = false
  /** Threads on which a handler of the top level was given it. */
  readonly presentedOn: WorkerActor[] = []
  /** The driver put it back: it is presented again. */
  isRequeued = false
  /** The last end that a driver decided, at any level. */
  readonly decided: Outcome[] = []
  hasThrown = false
  readonly told: Outcome[] = []

  constructor(id: number, kind: RequestKind, length: number, host: string, device: DeviceHistory) {
    this.id = id
    this.kind = kind
    this.length = length
    this.host = host
    this.device = device
  }

  /** Why its end cannot be; undefined when it can. */
  objectionTo({ status, information }: Outcome): string | undefined {
    if (this.told.length > 1) return `it ended ${this.told.length} times`
    const wasDecided = this.decided.some(
      (decided) => decided.status === status && decided.information === information,
    )
    if (wasDecided) return undefined
    switch (status) {
      case STATUS_CANCELLED:
        return this.isCancelAsked || this.device.isGoing ? undefined : 'nobody cancelled it'
      case STATUS_IO_TIMEOUT:
        return this.hasTimeout ? undefined : 'it had no time-out'
      case STATUS_DRIVER_PROCESS_TERMINATED:
        // The mark is set before the handler is called: the thread may die between the two.
        return this.presentedOn.some((actor) => actor.isDead) || this.device.mayFail
          ? undefined
          : 'no worker died that had it'
      case STATUS_DRIVER_INTERNAL_ERROR:
        return this.hasThrown ? undefined : 'no handler threw'
      case STATUS_DEVICE_NOT_CONNECTED:
        return this.device.mayFail ? undefined : 'no worker was given up'
      case STATUS_POWER_STATE_INVALID:
        // A device that may idle takes no reference while it is stopped: kmdf.md 3.8.
        return this.device.isGoing || this.device.wasStopped ? undefined : 'its device was there'
      case STATUS_NO_SUCH_DEVICE:
      case STATUS_DEVICE_REMOVED:
      case STATUS_INVALID_DEVICE_STATE:
        return this.device.isGoing ? undefined : 'its device was there'
      case STATUS_INSUFFICIENT_RESOURCES:
      case STATUS_DEVICE_NOT_READY:
      case STATUS_FILE_CLOSED:
        return this.presentedOn.length === 0 ? undefined : 'it was presented, and then refused'
      default:
        return 'nobody decided that'
    }
  }
}
