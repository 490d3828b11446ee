/**
 * NVMe miniport: a disk behind an NVMe controller, with interrupts and DMA. Runs on: worker.
 *
 *   HwStartIo: a tag, its piece of common memory, a submission entry → interrupt → HwDpc: completions → next piece
 *   or the end of the SRB
 *
 * Data pass through common memory, PIECE_BYTES a tag, as through the bounce buffers of a machine without an IOMMU:
 * any channel's memory will do, and what a device that was given up still writes reaches no request. Longer
 * transfers, WRITE SAME and forced writes are several commands in a row.
 *
 * Parameters: depth (commands under way, 1 to 1024, default 64), readOnly, watchdogMs (how often it looks for
 * interrupts that got lost and a device that was pulled out, default 1000). The device needs hardware with
 * `nvmeCommonBytes(depth)` of common memory.
 *
 * Invariants: a tag is free or has an SRB. Whatever a reset forgets, the device has been told to forget before.
 */
import {
  NVME_BLOCK_SHIFT,
  NVME_READ,
  NVME_SUCCESS,
  NVME_WRITE,
  STATUS_INVALID_PARAMETER,
  WdfStatusError,
} from '../../index.js'
import { NvmeController } from '../hardware/nvme-controller.js'
import { copyBytes, zeroBytes } from '../move-bytes.js'
import { DISK_FLUSH, DISK_READ, DISK_RESET, DISK_WRITE, DiskCommand } from './disk-command.js'
import { DiskMiniport } from './disk-miniport.js'
import type {
  AdapterDescription,
  AdapterHardware,
  Miniport,
  MiniportParameters,
  PortServices,
} from './miniport.js'
import { DEFAULT_DEPTH, NvmePieces, PIECE_BYTES } from './nvme-pieces.js'
import { ASC_UNRECOVERED_READ_ERROR, ASC_WRITE_ERROR, SENSE_MEDIUM_ERROR } from './scsi.js'
import {
  type Srb,
  SRB_STATUS_BUSY,
  SRB_STATUS_ERROR,
  SRB_STATUS_NO_DEVICE,
  SRB_STATUS_SUCCESS,
} from './srb.js'

const MAX_DEPTH = 1024
const DEFAULT_WATCHDOG_MS = 1000
const BLOCK_BYTES = 2 ** NVME_BLOCK_SHIFT
/** The controller's restart after a reset takes at most some of its own patience. */
const RESTART_MS = 10_000

class NvmeCommand extends DiskCommand {
  /** Bytes moved so far, and those that are under way. */
  moved = 0
  pieceBytes = 0
  /** The data are there; what was forced waits for a flush. */
  isFlushing = false
}

class NvmeMiniport extends DiskMiniport implements Miniport {
  readonly #hardware: AdapterHardware
  #controller!: NvmeController
  #pieces!: NvmePieces
  #depth = 0
  #watchdogMs = 0
  /** Message of the I/O queue's interrupt. */
  #vector = 0
  readonly #srbs: (Srb | null)[] = []
  readonly #freeTags: number[] = []
  #isStarted = false
  #isDraining = false
  #hasFailed = false

  constructor(port: PortServices, hardware: AdapterHardware) {
    super(port)
    this.#hardware = hardware
  }

  async HwFindAdapter(parameters: MiniportParameters): Promise<AdapterDescription> {
    const {
      depth = DEFAULT_DEPTH,
      readOnly = false,
      watchdogMs = DEFAULT_WATCHDOG_MS,
    } = parameters as { depth?: number; readOnly?: boolean; watchdogMs?: number }
    if (!(Number.isInteger(depth) && depth >= 1 && depth <= MAX_DEPTH)) {
      refuse(`depth ${String(depth)} is not a whole number from 1 to ${MAX_DEPTH}`, depth)
    }
    if (!(watchdogMs >= 1 && watchdogMs < 2 ** 31)) {
      refuse(`watchdogMs ${String(watchdogMs)} is not a number from 1`, watchdogMs)
    }
    this.#depth = depth
    this.#watchdogMs = watchdogMs
    const { device } = this.#hardware
    // As many messages as the adapter has, up to two: the admin queue's comes first.
    this.#vector = Math.min(1, device.interrupts.length - 1)
    this.#controller = new NvmeController(device, depth, this.#vector)
    this.#pieces = new NvmePieces(device, depth)
    for (let tag = depth - 1; tag >= 0; tag--) {
      this.#srbs[tag] = null
      this.#freeTags.push(tag)
    }
    await this.#controller.start()
    this.#isStarted = true
    const traits = {
      blockBytes: BLOCK_BYTES,
      blockCount: this.#controller.sizeBytes / BLOCK_BYTES,
      isReadOnly: readOnly,
      canUnmap: false,
      product: 'NVMe disk',
      serialNumber: 'nvme0',
    }
    return this.found(traits, depth)
  }

  async HwInitialize(): Promise<void> {
    if (!this.#isStarted) await this.#controller.start()
    this.#isStarted = true
  }

  override HwMakeSrbExtension(): NvmeCommand {
    return new NvmeCommand()
  }

  HwStartIo(srb: Srb): void {
    const command = srb.extension as NvmeCommand
    if (command.kind === DISK_RESET) {
      this.port.requestComplete(srb, this.#reset())
      return
    }
    if (this.#hasFailed || this.#hardware.device.isRemoved) {
      this.port.requestComplete(srb, SRB_STATUS_NO_DEVICE)
      return
    }
    const tag = this.#freeTags.pop()
    if (tag === undefined) {
      this.port.requestComplete(srb, SRB_STATUS_BUSY)
      return
    }
    if (this.#outstanding === 1) this.#hardware.requestTimer(this.#watchdogMs)
    this.#srbs[tag] = srb
    command.moved = 0
    command.isFlushing = command.kind === DISK_FLUSH
    this.#next(tag, srb, command)
    if (!this.#isDraining) this.#controller.io.ring()
  }

  HwInterrupt(message: number): boolean {
    // The admin queue is polled.
    if (message !== this.#vector) return true
    if (!this.#controller.io.hasCompletion()) return !this.#isStarted
    this.#hardware.issueDpc(message)
    return true
  }

  /** One doorbell for all that completions make room for. */
  HwDpc(): void {
    const { io } = this.#controller
    this.#isDraining = true
    try {
      if (io.poll(this.#depth, this.#onCompletion) > 0) io.ring()
    } finally {
      this.#isDraining = false
    }
  }

  /** Looks after what is under way. */
  HwTimer(): void {
    if (this.#hardware.device.isRemoved) this.#endAll(SRB_STATUS_NO_DEVICE)
    else this.HwDpc()
    if (this.#outstanding > 0) this.#hardware.requestTimer(this.#watchdogMs)
  }

  /** The controller forgets everything; then nobody has an SRB any more. */
  HwResetBus(): boolean {
    this.#forgetAll()
    this.#restart()
    return true
  }

  HwAdapterControl(): void {
    this.#hardware.requestTimer(0)
    this.#isStarted = false
    if (!this.#hardware.device.isRemoved) this.#controller.stop()
  }

  get #outstanding(): number {
    return this.#depth - this.#freeTags.length
  }

  /** A reset by SRB: enough when all that was missing is an interrupt; else a harder one has to follow. */
  #reset(): number {
    if (!this.#hardware.device.isRemoved) this.HwDpc()
    return this.#outstanding === 0 ? SRB_STATUS_SUCCESS : SRB_STATUS_ERROR
  }

  #restart(): void {
    if (this.#hardware.device.isRemoved) return
    this.#isStarted = false
    this.port.pause(RESTART_MS)
    this.#controller.start().then(
      () => {
        this.#isStarted = true
        this.port.resume()
      },
      () => {
        this.#hasFailed = true
        this.port.resume()
      },
    )
  }

  /** Writes the next command of an SRB for the next ring, or ends it. */
  #next(tag: number, srb: Srb, command: NvmeCommand): void {
    const { io } = this.#controller
    const pieces = this.#pieces
    if (command.isFlushing) {
      pieces.writeFlush(io, tag)
      io.push()
      return
    }
    const count = Math.min(PIECE_BYTES, command.length - command.moved)
    if (count === 0) {
      this.#dataMoved(tag, srb, command)
      return
    }
    command.pieceBytes = count
    const isRead = command.kind === DISK_READ
    if (!isRead) this.#fillPiece(tag, srb, command)
    const block = (command.offset + command.moved) / BLOCK_BYTES
    pieces.writeTransfer(io, tag, isRead ? NVME_READ : NVME_WRITE, block, count)
    io.push()
  }

  #fillPiece(tag: number, srb: Srb, { kind, pattern, moved, pieceBytes }: NvmeCommand): void {
    const piece = this.#pieces.bytesOf(tag)
    if (kind === DISK_WRITE) {
      copyBytes(srb.data.subarray(moved, moved + pieceBytes), piece, 0)
    } else if (moved === 0) {
      // WRITE SAME: all pieces are alike.
      if (pattern.length === 0) zeroBytes(piece, 0, pieceBytes)
      else for (let at = 0; at < pieceBytes; at += pattern.length) piece.set(pattern, at)
    }
  }

  readonly #onCompletion = (tag: number, nvmeStatus: number): void => {
    const srb = this.#srbs[tag]
    // A completion of a command that was given up.
    if (srb === null || srb === undefined) return
    const command = srb.extension as NvmeCommand
    const isRead = command.kind === DISK_READ
    if (nvmeStatus !== NVME_SUCCESS) {
      const what = isRead ? ASC_UNRECOVERED_READ_ERROR : ASC_WRITE_ERROR
      this.#end(tag, srb, srb.checkCondition(SENSE_MEDIUM_ERROR, what))
    } else if (command.isFlushing) {
      this.#end(tag, srb, SRB_STATUS_SUCCESS)
    } else {
      if (isRead) {
        const piece = this.#pieces.bytesOf(tag).subarray(0, command.pieceBytes)
        copyBytes(piece, srb.data, command.moved)
      }
      command.moved += command.pieceBytes
      this.#next(tag, srb, command)
    }
  }

  #dataMoved(tag: number, srb: Srb, command: NvmeCommand): void {
    if (command.forceUnitAccess && command.kind === DISK_WRITE && command.length > 0) {
      command.isFlushing = true
      this.#next(tag, srb, command)
    } else {
      this.#end(tag, srb, SRB_STATUS_SUCCESS)
    }
  }

  #end(tag: number, srb: Srb, srbStatus: number): void {
    this.#release(tag)
    this.port.requestComplete(srb, srbStatus)
  }

  #release(tag: number): void {
    this.#srbs[tag] = null
    this.#freeTags.push(tag)
    if (this.#outstanding === 0) this.#hardware.requestTimer(0)
  }

  #endAll(srbStatus: number): void {
    for (const [tag, srb] of this.#srbs.entries()) {
      if (srb !== null) this.#end(tag, srb, srbStatus)
    }
  }

  #forgetAll(): void {
    if (!this.#hardware.device.isRemoved) this.#controller.disable()
    for (const [tag, srb] of this.#srbs.entries()) if (srb !== null) this.#release(tag)
  }
}

function refuse(message: string, value: unknown): never {
  throw new WdfStatusError(STATUS_INVALID_PARAMETER, message, value)
}

export const adapterInterface = 'pci'

export default function nvmeMiniport(port: PortServices): Miniport {
  // The port gives a PCI adapter its hardware.
  return new NvmeMiniport(port, port.hardware as AdapterHardware)
}
