/**
 * Edu driver: an interrupt-driven function driver for the edu device (`irpool/native-sim`, or QEMU's).
 * Control codes: abi/edu-ioctl. Reads and writes go to the device's own 4 KiB buffer, by DMA.
 * Runs on: worker. Parameters: watchdogMs (how long a request may take before the driver looks itself; default 1000).
 */
import {
  defineDriver,
  type Device,
  type DeviceHardware,
  type DeviceInit,
  type DriverModule,
  EDU_IDENTIFICATION,
  EDU_IDENTITY,
  EDU_LIVENESS,
  hardwareOf,
  IOCTL_EDU_FACTORIAL,
  IOCTL_EDU_IDENTIFY,
  IOCTL_EDU_LIVENESS,
  type IoQueue,
  type Request,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_SUCH_DEVICE,
  STATUS_SUCCESS,
} from '../../index.js'
import { EduAdapter, readNumber, writeNumber } from './edu-adapter.js'

const DEFAULT_WATCHDOG_MS = 1000

function adapterOf(device: Device): EduAdapter {
  return device.context['adapter'] as EduAdapter
}

function eduEvtIoRead(queue: IoQueue, request: Request): void {
  adapterOf(queue.device).startTransfer(request, 'read-from-device')
}

function eduEvtIoWrite(queue: IoQueue, request: Request): void {
  adapterOf(queue.device).startTransfer(request, 'write-to-device')
}

function eduEvtIoDeviceControl(
  queue: IoQueue,
  request: Request,
  _outputBufferLength: number,
  _inputBufferLength: number,
  ioControlCode: number,
): void {
  const adapter = adapterOf(queue.device)
  const { registers } = adapter
  switch (ioControlCode) {
    case IOCTL_EDU_IDENTIFY:
      writeNumber(request.retrieveOutputBuffer(4), registers.read(EDU_IDENTIFICATION))
      request.completeWithInformation(STATUS_SUCCESS, 4)
      break
    case IOCTL_EDU_LIVENESS:
      registers.write(EDU_LIVENESS, readNumber(request.retrieveInputBuffer(4)))
      writeNumber(request.retrieveOutputBuffer(4), registers.read(EDU_LIVENESS))
      request.completeWithInformation(STATUS_SUCCESS, 4)
      break
    case IOCTL_EDU_FACTORIAL:
      request.retrieveOutputBuffer(4)
      adapter.startFactorial(request, readNumber(request.retrieveInputBuffer(4)))
      break
    default:
      request.complete(STATUS_INVALID_DEVICE_REQUEST)
  }
}

function eduEvtDevicePrepareHardware(device: Device): number {
  const identity = adapterOf(device).registers.read(EDU_IDENTIFICATION)
  return identity === EDU_IDENTITY ? STATUS_SUCCESS : STATUS_NO_SUCH_DEVICE
}

function eduEvtDeviceReleaseHardware(device: Device): void {
  adapterOf(device).abandon()
}

/** Makes the adapter of a device. */
export type CreateEduAdapter = (
  hardware: DeviceHardware,
  watchdogMs: number,
  deviceInit: DeviceInit,
) => EduAdapter

/** The driver, with the adapter that its devices are to have. */
export function eduDriver(createAdapter: CreateEduAdapter): DriverModule {
  return defineDriver({
    EvtDriverDeviceAdd(_driver, deviceInit) {
      const { watchdogMs = DEFAULT_WATCHDOG_MS } = deviceInit.parameters as { watchdogMs?: number }
      if (!(watchdogMs >= 1 && watchdogMs < 2 ** 31)) return STATUS_INVALID_PARAMETER
      deviceInit.setPnpPowerEventCallbacks({
        EvtDevicePrepareHardware: eduEvtDevicePrepareHardware,
        EvtDeviceD0Exit: (device) => adapterOf(device).transferEnds(),
        EvtDeviceReleaseHardware: eduEvtDeviceReleaseHardware,
      })
      const device = deviceInit.createDevice({ synchronizationScope: 'device' })
      device.context['adapter'] = createAdapter(hardwareOf(device), watchdogMs, deviceInit)
      device.createIoQueue({
        dispatchType: 'sequential',
        defaultQueue: true,
        EvtIoRead: eduEvtIoRead,
        EvtIoWrite: eduEvtIoWrite,
        EvtIoDeviceControl: eduEvtIoDeviceControl,
      })
      return STATUS_SUCCESS
    },
  })
}

export default eduDriver((hardware, watchdogMs) => new EduAdapter(hardware, watchdogMs))
