/**
 * DMA transaction (WDFDMATRANSACTION): one whole I/O, cut into transfers that the device can do.
 * Runs on: the device's home worker. One object, used for one I/O after another: nothing is allocated per I/O.
 * Source: kmdf.md 7.3.
 *
 *   CREATED ─reserve─► RESERVED ─┐
 *      └───────initialize────────┴─► INITIALIZED ─execute─► TRANSFER ─dmaCompleted…─► TRANSFER (next one)
 *                                                              └─► TRANSFER_COMPLETED / TRANSFER_FAILED
 *   any but TRANSFER ─release─► RELEASED ─initialize─► …                any but TRANSFER ─delete─► DELETED
 *
 * Invariants: what has been transferred is a prefix of the I/O; the current transfer begins right after it. A
 * transfer holds its map registers from its start to its end.
 */
import {
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_MORE_PROCESSING_REQUIRED,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
  STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS,
  STATUS_WDF_TOO_FRAGMENTED,
  STATUS_WDF_TOO_MANY_TRANSFERS,
} from '../abi/ntstatus.js'
import { hardwareViolation } from '../dispatch/hardware-violation.js'
import type { DmaEnabler } from './dma-enabler.js'
import { DmaPieces } from './dma-pieces.js'
import { type ChildAttributes, FrameworkObject, type ObjectAttributes } from './framework-object.js'
import { parentFor } from './object-parent.js'
import type { Request } from './request.js'
import { ScatterGatherList } from './scatter-gather-list.js'

export const DMA_CREATED = 0
export const DMA_RESERVED = 1
export const DMA_INITIALIZED = 2
export const DMA_TRANSFER = 3
export const DMA_TRANSFER_COMPLETED = 4
export const DMA_TRANSFER_FAILED = 5
export const DMA_RELEASED = 6
export const DMA_DELETED = 7

/** WdfDmaDirectionReadFromDevice, WdfDmaDirectionWriteToDevice. */
export type DmaDirection = 'read-from-device' | 'write-to-device'

/**
 * Programs the device for one transfer, at DISPATCH_LEVEL. True: it has started. False, or an error: it has not, and the
 * I/O ends with STATUS_UNSUCCESSFUL, as `execute` or the `dmaCompleted…` that led here says. A driver that has ended
 * the transfer itself, with `dmaCompletedFinal`, has done so: then both are as if it had started. One that waited for map
 * registers is always to be ended so, because nobody asks for its outcome.
 */
export type EvtProgramDma = (
  transaction: DmaTransaction,
  direction: DmaDirection,
  list: ScatterGatherList,
) => boolean

export class DmaTransaction {
  readonly enabler: DmaEnabler
  /** Its place among the driver's objects. */
  readonly object: FrameworkObject<DmaTransaction>
  /** The driver's own state. */
  context: unknown = null
  /** The driver's own number, the tag of a command for instance. */
  tag = 0
  state = DMA_CREATED
  /** Of the last dmaCompleted…: STATUS_MORE_PROCESSING_REQUIRED while transfers follow, else the outcome. */
  status = STATUS_SUCCESS
  /** The request it was initialised with; held from execute to the end. */
  request: Request | null = null
  private direction: DmaDirection = 'read-from-device'
  private evtProgramDma: EvtProgramDma | null = null
  private readonly pieces = new DmaPieces()
  private readonly list: ScatterGatherList
  private maximumLength: number
  private singleTransfer = false
  private reserved = 0
  /** Map registers of the current transfer, beyond the reserved ones. */
  private held = 0
  private transferred = 0
  private current = 0
  private isWaiting = false

  /** @internal Drivers call `enabler.createTransaction`. */
  constructor(enabler: DmaEnabler, attributes: ObjectAttributes<DmaTransaction> = {}) {
    this.enabler = enabler
    this.maximumLength = enabler.maximumLength
    this.list = new ScatterGatherList(enabler.maximumScatterGatherElements)
    const { parent } = attributes as ChildAttributes<DmaTransaction>
    const above = parentFor('dmaTransaction', parent, enabler.object)
    this.object = new FrameworkObject<DmaTransaction>('dmaTransaction', this, above, attributes)
  }

  /** Bytes transferred so far. WdfDmaTransactionGetBytesTransferred. */
  get bytesTransferred(): number {
    return this.transferred
  }

  /** Bytes of the transfer in progress. WdfDmaTransactionGetCurrentDmaTransferLength. */
  get currentTransferLength(): number {
    return this.current
  }

  /** The device has a transfer of it in hand, or it waits for map registers. */
  get isInTransfer(): boolean {
    return this.state === DMA_TRANSFER
  }

  /** Cuts transfers shorter than the enabler's limit. WdfDmaTransactionSetMaximumLength. */
  setMaximumLength(byteLength: number): void {
    this.maximumLength = Math.max(1, Math.min(byteLength, this.enabler.maximumLength))
  }

  /** The whole I/O in one transfer, or not at all. WdfDmaTransactionSetSingleTransferRequirement. */
  setSingleTransferRequirement(isRequired: boolean): void {
    this.singleTransfer = isRequired
  }

  /**
   * Takes map registers ahead, so that no transfer of the next I/O waits. WdfDmaTransactionAllocateResources.
   * @returns STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS when they are not free, STATUS_INVALID_PARAMETER for less than one.
   */
  reserve(mapRegisters: number): number {
    if (this.state !== DMA_CREATED && this.state !== DMA_RELEASED) this.violate('reserve')
    if (!Number.isInteger(mapRegisters) || mapRegisters < 1) return STATUS_INVALID_PARAMETER
    if (!this.enabler.tryAcquire(mapRegisters)) return STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS
    this.reserved = mapRegisters
    this.state = DMA_RESERVED
    return STATUS_SUCCESS
  }

  /** Gives reserved map registers back. WdfDmaTransactionFreeResources. */
  freeReserved(): void {
    if (this.state === DMA_TRANSFER) this.violate('freeReserved')
    const { reserved } = this
    this.reserved = 0
    if (this.state === DMA_RESERVED) this.state = DMA_RELEASED
    if (reserved !== 0) this.enabler.giveBack(reserved)
  }

  /**
   * Prepares the transfer of a request's data. WdfDmaTransactionInitializeUsingRequest.
   * @returns STATUS_INVALID_DEVICE_REQUEST: the direction does not fit the request, it has no data, its method is
   *   NEITHER, or a driver above gave it memory that is neither a channel's nor a device's common buffer.
   * @throws WdfViolation WDF_DMA_FATAL_ERROR unless created, reserved or released.
   */
  initializeUsingRequest(
    request: Request,
    evtProgramDma: EvtProgramDma,
    direction: DmaDirection,
  ): number {
    this.checkInitializable()
    if (!this.pieces.setRequest(request, direction)) return STATUS_INVALID_DEVICE_REQUEST
    this.begin(evtProgramDma, direction)
    this.request = request
    return STATUS_SUCCESS
  }

  /**
   * Prepares the transfer of one piece of memory; `addPiece` chains more. WdfDmaTransactionInitialize.
   * @returns STATUS_INVALID_PARAMETER for no bytes. @throws WdfViolation as initializeUsingRequest
   */
  initialize(
    evtProgramDma: EvtProgramDma,
    direction: DmaDirection,
    addressHigh: number,
    addressLow: number,
    byteLength: number,
  ): number {
    this.checkInitializable()
    if (!Number.isInteger(byteLength) || byteLength < 1) return STATUS_INVALID_PARAMETER
    this.pieces.clear()
    this.pieces.add(addressHigh, addressLow, byteLength)
    this.begin(evtProgramDma, direction)
    return STATUS_SUCCESS
  }

  /** Chains another piece of memory behind the last. @returns STATUS_INVALID_PARAMETER with the packet profile. */
  addPiece(addressHigh: number, addressLow: number, byteLength: number): number {
    if (this.state !== DMA_INITIALIZED) this.violate('addPiece')
    const isWhole = Number.isInteger(byteLength) && byteLength > 0
    if (!isWhole || this.enabler.profile === 'packet') return STATUS_INVALID_PARAMETER
    this.pieces.add(addressHigh, addressLow, byteLength)
    return STATUS_SUCCESS
  }

  /**
   * Starts the first transfer: EvtProgramDma is called, now or when map registers are free. WdfDmaTransactionExecute.
   * @returns STATUS_WDF_TOO_MANY_TRANSFERS, STATUS_WDF_TOO_FRAGMENTED or STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS when a
   *   single transfer was required and cannot be; STATUS_UNSUCCESSFUL when the driver did not start it.
   * @throws WdfViolation WDF_DMA_FATAL_ERROR unless initialised.
   */
  execute(): number {
    if (this.state !== DMA_INITIALIZED) this.violate('execute')
    const refusal = this.singleTransfer ? this.checkSingleTransfer() : STATUS_SUCCESS
    if (refusal !== STATUS_SUCCESS) return this.fail(refusal)
    this.state = DMA_TRANSFER
    this.status = STATUS_MORE_PROCESSING_REQUIRED
    return this.startTransfer() ? STATUS_SUCCESS : this.status
  }

  /** The current transfer is done. True: so is the whole I/O, `status` tells how. WdfDmaTransactionDmaCompleted. */
  dmaCompleted(): boolean {
    const { current, transferred, pieces } = this
    // The whole of the last transfer, as most end.
    if (
      this.state !== DMA_TRANSFER ||
      this.held !== 0 ||
      transferred + current !== pieces.byteLength
    ) {
      return this.completeTransfer(current, false)
    }
    this.finish(pieces.byteLength)
    return true
  }

  /** As dmaCompleted, but only so many bytes of it; the rest comes next, 0: all of it again. */
  dmaCompletedWithLength(byteLength: number): boolean {
    return this.completeTransfer(byteLength, false)
  }

  /** As dmaCompletedWithLength, and nothing comes next. */
  dmaCompletedFinal(byteLength: number): boolean {
    return this.completeTransfer(byteLength, true)
  }

  /** True: it was still waiting for map registers, and will not start. WdfDmaTransactionCancel. */
  cancel(): boolean {
    if (!this.isWaiting || !this.enabler.forget(this)) return false
    this.isWaiting = false
    this.held = 0
    this.fail(STATUS_UNSUCCESSFUL)
    return true
  }

  /** Ready for the next I/O. WdfDmaTransactionRelease. @throws WdfViolation WDF_DMA_FATAL_ERROR during a transfer */
  release(): void {
    if (this.state === DMA_TRANSFER || this.state === DMA_DELETED) this.violate('release')
    this.request = null
    this.pieces.clear()
    this.list.clear()
    this.transferred = 0
    this.current = 0
    this.state = DMA_RELEASED
  }

  /** WdfObjectDelete. @throws WdfViolation WDF_DMA_FATAL_ERROR during a transfer */
  delete(): void {
    this.object.delete()
  }

  /** @internal */
  whyNotDeletable(): undefined {
    if (this.state === DMA_TRANSFER) this.violate('delete')
  }

  /** @internal It is deleted, or its enabler goes; then a transfer may be under way, which nobody waits for. */
  dispose(): void {
    if (this.isWaiting) {
      this.enabler.forget(this)
      this.isWaiting = false
      this.held = 0
    }
    this.endTransfer()
    this.state = DMA_RELEASED
    this.release()
    this.freeReserved()
    this.state = DMA_DELETED
  }

  /** @internal Map registers that the transfer it waits with needs. */
  get mapRegistersWanted(): number {
    return this.held
  }

  /** @internal They are there. */
  resourcesCame(): void {
    this.isWaiting = false
    this.program()
  }

  private checkInitializable(): void {
    const { state } = this
    if (state !== DMA_CREATED && state !== DMA_RESERVED && state !== DMA_RELEASED) {
      this.violate('initialize')
    }
  }

  private begin(evtProgramDma: EvtProgramDma, direction: DmaDirection): void {
    // Storing a reference costs a write barrier; one I/O is mostly like the one before.
    if (this.evtProgramDma !== evtProgramDma) this.evtProgramDma = evtProgramDma
    if (this.direction !== direction) this.direction = direction
    this.request = null
    this.transferred = 0
    this.current = 0
    this.status = STATUS_SUCCESS
    this.state = DMA_INITIALIZED
  }

  private checkSingleTransfer(): number {
    const { pieces, enabler } = this
    if (pieces.byteLength > this.maximumLength) return STATUS_WDF_TOO_MANY_TRANSFERS
    const pages = pieces.pagesFrom(0)
    if (enabler.profile === 'packet' ? pieces.count > 1 : pages > this.list.capacity) {
      return STATUS_WDF_TOO_FRAGMENTED
    }
    return pages > enabler.mapRegisters ? STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS : STATUS_SUCCESS
  }

  /** Cuts the next transfer and programs it, or waits. False when the driver did not start it. */
  private startTransfer(): boolean {
    const { enabler, list } = this
    const { mapRegisters, profile } = enabler
    const mergesPages = profile === 'packet'
    const pages = this.pieces.cut(
      list,
      this.transferred,
      this.maximumLength,
      mapRegisters,
      mergesPages,
    )
    this.current = list.byteLength
    if (enabler.isLimited) this.held = Math.max(0, pages - this.reserved)
    if (this.held === 0 || enabler.acquire(this, this.held)) return this.program()
    this.isWaiting = true
    return true
  }

  private program(): boolean {
    const { evtProgramDma } = this
    let isStarted = false
    try {
      isStarted = evtProgramDma !== null && evtProgramDma(this, this.direction, this.list)
    } finally {
      if (!isStarted && this.state === DMA_TRANSFER) {
        this.endTransfer()
        this.fail(STATUS_UNSUCCESSFUL)
      } else {
        isStarted = true
      }
    }
    return isStarted
  }

  private completeTransfer(byteLength: number, isFinal: boolean): boolean {
    if (this.state !== DMA_TRANSFER || this.isWaiting) this.violate('dmaCompleted')
    this.endTransfer()
    if (!Number.isInteger(byteLength) || byteLength < 0 || byteLength > this.current) {
      this.fail(STATUS_INVALID_PARAMETER)
      return true
    }
    const transferred = this.transferred + byteLength
    if (isFinal || transferred === this.pieces.byteLength) {
      this.finish(transferred)
      return true
    }
    this.transferred = transferred
    this.status = STATUS_MORE_PROCESSING_REQUIRED
    return !this.startTransfer()
  }

  private finish(transferred: number): void {
    this.transferred = transferred
    this.current = 0
    this.state = DMA_TRANSFER_COMPLETED
    this.status = STATUS_SUCCESS
  }

  private endTransfer(): void {
    const { held } = this
    this.held = 0
    if (held !== 0) this.enabler.giveBack(held)
  }

  private fail(status: number): number {
    this.state = DMA_TRANSFER_FAILED
    this.status = status
    return status
  }

  private violate(call: string): never {
    return hardwareViolation(
      'WDF_DMA_FATAL_ERROR',
      `${call} of a DMA transaction that is ${STATE_NAMES[this.state] ?? 'unknown'}`,
      this.state,
    )
  }
}

const STATE_NAMES = [
  'created',
  'reserved',
  'initialized',
  'in transfer',
  'completed',
  'failed',
  'released',
  'deleted',
]
