/**
 * RAM disk driver: reads return what was written; never-written bytes read as zeros. Runs on: worker.
 * Parameters: bytes (size, default 1 GiB), memoryLimitBytes (what it may really hold, default 8 GiB).
 * One sequential queue with device scope: requests take effect in the order in which they were accepted.
 */
import {
  defineDriver,
  IRP_MJ_FLUSH_BUFFERS,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
  type Device,
  type IoQueue,
  type Request,
} from '../../index.js'
import { SparseMemory } from './sparse-memory.js'

const DEFAULT_BYTES = 2 ** 30
const DEFAULT_LIMIT_BYTES = 2 ** 33

class RamDisk {
  readonly memory: SparseMemory
  readonly limitBytes: number

  constructor(bytes: number, limitBytes: number) {
    this.memory = new SparseMemory(bytes)
    this.limitBytes = limitBytes
  }
}

function diskOf(queue: IoQueue): RamDisk {
  return queue.device.context['disk'] as RamDisk
}

function ramdiskEvtIoRead(queue: IoQueue, request: Request, length: number): void {
  const { memory } = diskOf(queue)
  const offset = request.deviceOffset
  if (offset + length > memory.sizeBytes) {
    request.complete(STATUS_INVALID_PARAMETER)
    return
  }
  memory.read(offset, request.retrieveOutputBuffer())
  request.completeWithInformation(STATUS_SUCCESS, length)
}

function ramdiskEvtIoWrite(queue: IoQueue, request: Request, length: number): void {
  const { memory, limitBytes } = diskOf(queue)
  const offset = request.deviceOffset
  if (offset + length > memory.sizeBytes) {
    request.complete(STATUS_INVALID_PARAMETER)
    return
  }
  if (memory.residentBytes + length + memory.pageBytes > limitBytes) {
    request.complete(STATUS_INSUFFICIENT_RESOURCES)
    return
  }
  memory.write(offset, request.retrieveInputBuffer())
  request.completeWithInformation(STATUS_SUCCESS, length)
}

/** Everything written is in memory already. */
function ramdiskFlush(_device: Device, request: Request): void {
  request.complete(STATUS_SUCCESS)
}

export default defineDriver({
  EvtDriverDeviceAdd(_driver, deviceInit) {
    const { bytes = DEFAULT_BYTES, memoryLimitBytes = DEFAULT_LIMIT_BYTES } =
      deviceInit.parameters as { bytes?: number; memoryLimitBytes?: number }
    if (!Number.isSafeInteger(bytes) || bytes <= 0) return STATUS_INVALID_PARAMETER
    deviceInit.assignWdmIrpPreprocessCallback(IRP_MJ_FLUSH_BUFFERS, ramdiskFlush)
    const device = deviceInit.createDevice({
      synchronizationScope: 'device',
      context: { disk: new RamDisk(bytes, memoryLimitBytes) },
    })
    device.createIoQueue({
      dispatchType: 'sequential',
      defaultQueue: true,
      EvtIoRead: ramdiskEvtIoRead,
      EvtIoWrite: ramdiskEvtIoWrite,
    })
    return STATUS_SUCCESS
  },
})
