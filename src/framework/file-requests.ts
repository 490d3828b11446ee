/**
 * File requests: what the Framework does with create, cleanup and close, at each level of a stack.
 * Runs on: worker. A level without an interest in files succeeds them, or passes them down (a filter).
 */
import { STATUS_SUCCESS } from '../abi/ntstatus.js'
import type { DispatchTurn } from '../dispatch/dispatch-turn.js'
import type { Device } from './device.js'
import type { FileObjects } from './file-objects.js'
import type { Request } from './request.js'
import type { RequestSender } from './request-sender.js'

const FILE_OPENED = 1

/** The router, as far as files need it. */
export interface FileRouter {
  readonly files: FileObjects
  readonly turn: DispatchTurn
  readonly sender: RequestSender
  arrive(device: Device, request: Request, isDeferred: boolean): void
}

export class FileRequests {
  private readonly router: FileRouter
  private readonly report: (device: Device, callback: string, error: unknown) => void

  /** `report`: a callback that cannot fail its request threw. */
  constructor(
    router: FileRouter,
    report: (device: Device, callback: string, error: unknown) => void,
  ) {
    this.router = router
    this.report = report
  }

  /** IRP_MJ_CREATE. */
  create(device: Device, request: Request): void {
    // An open that failed, or an earlier owner of the channel, may have left one under this number.
    if (device.upper === null)
      this.router.files.forget(request.origin.port.memory.id, request.fileId)
    const file = this.router.files.at(device, request)
    // Its end is watched: what was opened must be closed, whatever becomes of its host.
    request.useExtras().opening = file
    const { EvtDeviceFileCreate } = device.files
    if (EvtDeviceFileCreate !== undefined) {
      this.router.turn.callHandler(request, () => EvtDeviceFileCreate(device, request, file))
    } else if (device.forwardsFiles && device.lower !== null) {
      this.router.arrive(device.lower, request, this.router.sender.routines > 0)
    } else {
      request.end(STATUS_SUCCESS, FILE_OPENED)
    }
  }

  /** IRP_MJ_CLEANUP: what waits of the file is cancelled, too. */
  cleanup(device: Device, request: Request): void {
    this.#tellFile(device, request, 'EvtFileCleanup')
    const file = this.router.files.at(device, request)
    for (const queue of device.queues) queue.state.flush(file)
    this.#endOrPassDown(device, request)
  }

  /** IRP_MJ_CLOSE: the last request of the file has ended. */
  close(device: Device, request: Request): void {
    if (device.isHome) this.#tellFile(device, request, 'EvtFileClose')
    if (!passesFilesDown(device)) {
      this.router.files.forget(request.origin.port.memory.id, request.fileId)
    }
    this.#endOrPassDown(device, request)
  }

  /** Cleanup and close cannot fail: one that throws is reported, and the levels below hear of it all the same. */
  #tellFile(device: Device, request: Request, name: 'EvtFileCleanup' | 'EvtFileClose'): void {
    const callback = device.files[name]
    if (callback === undefined) return
    try {
      callback(this.router.files.at(device, request))
    } catch (error) {
      this.report(device, name, error)
    }
  }

  #endOrPassDown(device: Device, request: Request): void {
    if (passesFilesDown(device))
      this.router.arrive(device.lower as Device, request, this.router.sender.routines > 0)
    else request.end(STATUS_SUCCESS, 0)
  }
}

function passesFilesDown(device: Device): boolean {
  return device.forwardsFiles && device.lower !== null
}
