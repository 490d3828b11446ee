/**
 * NVMe driver: an interrupt-driven disk driver for the NVMe-like device (`irpool/native-sim`).
 * Reads, writes and flushes in whole blocks of 512 bytes; up to `depth` of them at once, in any order.
 * Runs on: worker. Parameters: depth (1 to 1024, default 64), watchdogMs (how often the driver looks after what is
 * under way, default 1000), timeoutMs (how long a device may complete nothing, default 30,000).
 */
import {
  defineDriver,
  type Device,
  hardwareOf,
  type IoQueue,
  IRP_MJ_FLUSH_BUFFERS,
  type Request,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../index.js'
import { NvmeAdapter } from './nvme-adapter.js'

const DEFAULT_DEPTH = 64
const MAX_DEPTH = 1024
const DEFAULT_WATCHDOG_MS = 1000
const DEFAULT_TIMEOUT_MS = 30_000

function adapterOf(device: Device): NvmeAdapter {
  return device.context['adapter'] as NvmeAdapter
}

function nvmeEvtIoRead(queue: IoQueue, request: Request): void {
  adapterOf(queue.device).transfer(request, 'read-from-device')
}

function nvmeEvtIoWrite(queue: IoQueue, request: Request): void {
  adapterOf(queue.device).transfer(request, 'write-to-device')
}

function nvmeFlush(device: Device, request: Request): void {
  adapterOf(device).flush(request)
}

export default defineDriver({
  EvtDriverDeviceAdd(_driver, deviceInit) {
    const {
      depth = DEFAULT_DEPTH,
      watchdogMs = DEFAULT_WATCHDOG_MS,
      timeoutMs = DEFAULT_TIMEOUT_MS,
    } = deviceInit.parameters as { depth?: number; watchdogMs?: number; timeoutMs?: number }
    if (!Number.isInteger(depth) || depth < 1 || depth > MAX_DEPTH) return STATUS_INVALID_PARAMETER
    if (!(watchdogMs >= 1 && watchdogMs < 2 ** 31)) return STATUS_INVALID_PARAMETER
    if (!(timeoutMs >= watchdogMs)) return STATUS_INVALID_PARAMETER
    deviceInit.setPnpPowerEventCallbacks({
      EvtDevicePrepareHardware: (device) => adapterOf(device).prepare(),
      EvtDeviceD0Entry: (device) => adapterOf(device).start(),
      EvtDeviceD0Exit: (device) => adapterOf(device).stop(),
    })
    deviceInit.assignWdmIrpPreprocessCallback(IRP_MJ_FLUSH_BUFFERS, nvmeFlush)
    const device = deviceInit.createDevice({ synchronizationScope: 'device' })
    device.context['adapter'] = new NvmeAdapter(hardwareOf(device), depth, watchdogMs, timeoutMs)
    device.createIoQueue({
      dispatchType: 'parallel',
      defaultQueue: true,
      numberOfPresentedRequests: depth,
      EvtIoRead: nvmeEvtIoRead,
      EvtIoWrite: nvmeEvtIoWrite,
    })
    return STATUS_SUCCESS
  },
})
