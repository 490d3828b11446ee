/**
 * The storage pair as a driver: the port owns the dispatch, the miniport is named by the device's parameters.
 * Runs on: the device's home worker.
 *
 * Parameters: miniport ('ram', 'file', 'nvme', 'null', or the URL of a module whose default export is a MiniportEntry),
 * timeOutMs (per request, default 30,000), tickMs (how often the port looks, default 250), maxRequests
 * (requests that the port owns at once, default 1024); everything goes on to HwFindAdapter, too.
 * IRP_MJ_READ, WRITE (of any bytes) and FLUSH go to LUN 0; SRBs of every kind to any LUN by pass-through.
 */
import {
  defineDriver,
  type Device,
  hardwareOf,
  type IoQueue,
  IRP_MJ_FLUSH_BUFFERS,
  type Request,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../../index.js'
import { PortHardware } from './adapter-hardware.js'
import { writeReadCdb, writeSynchronizeCacheCdb, writeWriteCdb } from './cdb.js'
import type { LogicalUnit } from './logical-unit.js'
import type { MiniportModule } from './miniport.js'
import {
  IOCTL_STORAGE_SRB_IN,
  IOCTL_STORAGE_SRB_OUT,
  PASS_THROUGH_BYTES,
  passThroughFlags,
  passThroughLun,
  passThroughTimeOutMs,
  readPassThrough,
} from './pass-through.js'
import { SRB_FLAGS_NO_QUEUE_FREEZE, SRB_STATUS_INVALID_REQUEST } from './srb.js'
import { executeSrbFunction } from './srb-functions.js'
import { StoragePort } from './storage-port.js'
import { readUnaligned, writeUnaligned } from './unaligned-transfer.js'

const DEFAULT_TIME_OUT_MS = 30_000
const DEFAULT_TICK_MS = 250
const DEFAULT_MAX_REQUESTS = 1024

const SHIPPED: Readonly<Record<string, URL>> = {
  ram: new URL('./ram-miniport.js', import.meta.url),
  file: new URL('./file-miniport.js', import.meta.url),
  nvme: new URL('./nvme-miniport.js', import.meta.url),
  null: new URL('./null-miniport.js', import.meta.url),
}

interface PortParameters {
  readonly miniport?: unknown
  readonly timeOutMs?: number
  readonly tickMs?: number
  readonly maxRequests?: number
}

/** What the handlers need, in one object. */
class StorageDevice {
  readonly port: StoragePort
  readonly timeOutMs: number

  constructor(port: StoragePort, timeOutMs: number) {
    this.port = port
    this.timeOutMs = timeOutMs
  }
}

function storageOf(device: Device): StorageDevice {
  return device.context['storage'] as StorageDevice
}

function storageEvtIoRead(
  queue: IoQueue,
  request: Request,
  length: number,
): Promise<void> | undefined {
  return transfer(storageOf(queue.device), request, length, false)
}

function storageEvtIoWrite(
  queue: IoQueue,
  request: Request,
  length: number,
): Promise<void> | undefined {
  return transfer(storageOf(queue.device), request, length, true)
}

/** A read or write of unit 0, as an SRB; of any bytes, but what is no whole blocks takes several. */
function transfer(
  { port, timeOutMs }: StorageDevice,
  request: Request,
  length: number,
  isWrite: boolean,
): Promise<void> | undefined {
  const { deviceOffset } = request
  const unit = port.units()[0] as LogicalUnit
  const { blockBytes } = unit
  if (!isAligned(deviceOffset, length, blockBytes)) {
    if (isWrite) writeUnaligned(port, unit, request, length, timeOutMs)
    else readUnaligned(port, unit, request, length, timeOutMs)
    return port.activity()
  }
  if (length > port.maximumTransferBytes) {
    request.complete(STATUS_INVALID_PARAMETER)
    return undefined
  }
  const data = isWrite ? request.retrieveInputBuffer() : request.retrieveOutputBuffer()
  const srb = port.acquire(request, 0, SRB_FLAGS_NO_QUEUE_FREEZE, timeOutMs)
  const lba = deviceOffset / blockBytes
  const blocks = length / blockBytes
  srb.cdbLength = isWrite
    ? writeWriteCdb(srb.cdb, lba, blocks, false)
    : writeReadCdb(srb.cdb, lba, blocks)
  srb.data = data
  srb.dataTransferLength = length
  port.execute(srb)
  return port.activity()
}

/** FLUSH is no request that KMDF queues: it comes here raw, and ends when the medium has everything. */
function storageFlush(device: Device, request: Request): Promise<void> | undefined {
  const { port, timeOutMs } = storageOf(device)
  const srb = port.acquire(request, 0, SRB_FLAGS_NO_QUEUE_FREEZE, timeOutMs)
  srb.cdbLength = writeSynchronizeCacheCdb(srb.cdb)
  port.execute(srb)
  return port.activity()
}

function storageEvtIoDeviceControl(
  queue: IoQueue,
  request: Request,
  outputBufferLength: number,
  _inputBufferLength: number,
  ioControlCode: number,
): Promise<void> | undefined {
  if (ioControlCode !== IOCTL_STORAGE_SRB_IN && ioControlCode !== IOCTL_STORAGE_SRB_OUT) {
    request.complete(STATUS_INVALID_DEVICE_REQUEST)
    return undefined
  }
  const { port, timeOutMs } = storageOf(queue.device)
  const description = request.retrieveInputBuffer(PASS_THROUGH_BYTES)
  const data = outputBufferLength === 0 ? null : request.retrieveOutputBuffer()
  const srb = port.acquire(
    request,
    passThroughLun(description),
    passThroughFlags(description),
    passThroughTimeOutMs(description) || timeOutMs,
  )
  if (data !== null) srb.data = data
  srb.dataTransferLength = outputBufferLength
  if (readPassThrough(description, srb)) executeSrbFunction(port, srb)
  else port.end(srb, SRB_STATUS_INVALID_REQUEST)
  return port.activity()
}

/** Blocks are powers of two; beyond 2^31 the remainder is the only exact way. */
function isAligned(offset: number, length: number, blockBytes: number): boolean {
  if ((length & (blockBytes - 1)) !== 0) return false
  return (offset | 0) === offset ? (offset & (blockBytes - 1)) === 0 : offset % blockBytes === 0
}

async function loadMiniport(named: unknown): Promise<MiniportModule> {
  const shipped = typeof named === 'string' ? SHIPPED[named] : undefined
  const url = shipped?.href ?? String(named)
  if (typeof named !== 'string' || !URL.canParse(url)) {
    const names = Object.keys(SHIPPED).join(', ')
    refuse(`miniport ${JSON.stringify(named)} is none of ${names}, and no module's URL`, named)
  }
  const module = (await import(url)) as Partial<MiniportModule>
  if (typeof module.default !== 'function') {
    refuse(`${url} has no miniport: its default export is no function`, named)
  }
  return module as MiniportModule
}

function refuse(message: string, value: unknown): never {
  throw Object.assign(new TypeError(message), { ntstatus: STATUS_INVALID_PARAMETER, value })
}

export default defineDriver({
  async EvtDriverDeviceAdd(_driver, deviceInit) {
    const {
      miniport = 'ram',
      timeOutMs = DEFAULT_TIME_OUT_MS,
      tickMs = DEFAULT_TICK_MS,
      maxRequests = DEFAULT_MAX_REQUESTS,
    } = deviceInit.parameters as PortParameters
    const { default: entry, adapterInterface } = await loadMiniport(miniport)
    deviceInit.assignWdmIrpPreprocessCallback(IRP_MJ_FLUSH_BUFFERS, storageFlush)
    deviceInit.setPnpPowerEventCallbacks({
      async EvtDevicePrepareHardware(device) {
        const port = new StoragePort(entry, { tickMs, hardware })
        hardware?.serve(port.miniport)
        device.context['storage'] = new StorageDevice(port, timeOutMs)
        port.configure(await port.miniport.HwFindAdapter(device.parameters))
      },
      async EvtDeviceD0Entry(device) {
        await storageOf(device).port.miniport.HwInitialize?.()
      },
      async EvtDeviceD0Exit(device) {
        const { port } = storageOf(device)
        port.stop()
        await port.idle()
        await port.miniport.HwAdapterControl?.('stop')
      },
    })
    const device = deviceInit.createDevice({ synchronizationScope: 'device' })
    const hardware = adapterInterface === 'pci' ? new PortHardware(hardwareOf(device)) : null
    device.createIoQueue({
      dispatchType: 'parallel',
      defaultQueue: true,
      numberOfPresentedRequests: maxRequests,
      EvtIoRead: storageEvtIoRead,
      EvtIoWrite: storageEvtIoWrite,
      EvtIoDeviceControl: storageEvtIoDeviceControl,
    })
    return STATUS_SUCCESS
  },
})
