/**
 * NVMe driver: an interrupt-driven disk driver for the NVMe-like device (`irpool/native-sim`).
 * Reads, writes and flushes in whole blocks of 512 bytes; up to `depth` of them at once, in any order.
 * Runs on: worker. Parameters: depth (1 to 1024, default 64), watchdogMs (how often the driver looks after what is
 * under way, default 1000), timeoutMs (how long a device may complete nothing, default 30,000).
 */
import {
  defineDriver,
  type Device,
  type DeviceHardware,
  type DeviceInit,
  type DriverModule,
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

export interface NvmeParameters {
  readonly depth: number
  readonly watchdogMs: number
  readonly timeoutMs: number
}

/** Makes the adapter of a device. */
export type CreateNvmeAdapter = (
  hardware: DeviceHardware,
  parameters: NvmeParameters,
  deviceInit: DeviceInit,
) => NvmeAdapter

function parametersOf(deviceInit: DeviceInit): NvmeParameters | null {
  const {
    depth = DEFAULT_DEPTH,
    watchdogMs = DEFAULT_WATCHDOG_MS,
    timeoutMs = DEFAULT_TIMEOUT_MS,
  } = deviceInit.parameters as Partial<NvmeParameters>
  if (!Number.isInteger(depth) || depth < 1 || depth > MAX_DEPTH) return null
  if (!(watchdogMs >= 1 && watchdogMs < 2 ** 31)) return null
  return timeoutMs >= watchdogMs ? { depth, watchdogMs, timeoutMs } : null
}

/** The driver, with the adapter that its devices are to have. */
export function nvmeDriver(createAdapter: CreateNvmeAdapter): DriverModule {
  return defineDriver({
    EvtDriverDeviceAdd(_driver, deviceInit) {
      const parameters = parametersOf(deviceInit)
      if (parameters === null) return STATUS_INVALID_PARAMETER
      deviceInit.setPnpPowerEventCallbacks({
        EvtDevicePrepareHardware: (device) => adapterOf(device).prepare(),
        EvtDeviceD0Entry: (device) => adapterOf(device).start(),
        EvtDeviceD0Exit: (device) => adapterOf(device).stop(),
      })
      deviceInit.assignWdmIrpPreprocessCallback(IRP_MJ_FLUSH_BUFFERS, nvmeFlush)
      const device = deviceInit.createDevice({ synchronizationScope: 'device' })
      device.context['adapter'] = createAdapter(hardwareOf(device), parameters, deviceInit)
      device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        numberOfPresentedRequests: parameters.depth,
        EvtIoRead: nvmeEvtIoRead,
        EvtIoWrite: nvmeEvtIoWrite,
      })
      return STATUS_SUCCESS
    },
  })
}

export default nvmeDriver(
  (hardware, { depth, watchdogMs, timeoutMs }) =>
    new NvmeAdapter(hardware, depth, watchdogMs, timeoutMs),
)
