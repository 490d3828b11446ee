/**
 * SCSI request block (SRB): what the port hands to a miniport. Runs on: worker.
 * One object per outstanding request, taken from a pool and used again; nothing is allocated per request.
 * Source: SCSI_REQUEST_BLOCK, STORAGE_REQUEST_BLOCK; kmdf.md 1.5.
 *
 *   FREE ──port──► HELD ──HwBuildIo──► WAITING ──HwStartIo──► STARTED ──RequestComplete──► FREE
 *                    └── HwBuildIo answered it itself ─────────────────────────────────────┘
 *
 * Invariant: a miniport may touch an SRB, its data and its extension from HwBuildIo until it completes it,
 * or until it answered a reset with success; a completion of any other SRB is counted and ignored.
 */
import type { Request } from '../../index.js'
import { get16, MAX_CDB_BYTES } from './cdb.js'
import { SCSI_STATUS_CHECK_CONDITION, SCSI_STATUS_GOOD, SENSE_NO_SENSE } from './scsi.js'

export const SRB_FUNCTION_EXECUTE_SCSI = 0x00
export const SRB_FUNCTION_RELEASE_QUEUE = 0x04
export const SRB_FUNCTION_SHUTDOWN = 0x07
export const SRB_FUNCTION_FLUSH = 0x08
export const SRB_FUNCTION_ABORT_COMMAND = 0x10
export const SRB_FUNCTION_RESET_BUS = 0x12
export const SRB_FUNCTION_RESET_DEVICE = 0x13
export const SRB_FUNCTION_FLUSH_QUEUE = 0x15
export const SRB_FUNCTION_LOCK_QUEUE = 0x18
export const SRB_FUNCTION_UNLOCK_QUEUE = 0x19
export const SRB_FUNCTION_RESET_LOGICAL_UNIT = 0x20

export const SRB_STATUS_PENDING = 0x00
export const SRB_STATUS_SUCCESS = 0x01
export const SRB_STATUS_ABORTED = 0x02
export const SRB_STATUS_ERROR = 0x04
export const SRB_STATUS_BUSY = 0x05
export const SRB_STATUS_INVALID_REQUEST = 0x06
export const SRB_STATUS_NO_DEVICE = 0x08
export const SRB_STATUS_TIMEOUT = 0x09
export const SRB_STATUS_SELECTION_TIMEOUT = 0x0a
export const SRB_STATUS_BUS_RESET = 0x0e
/** More or fewer bytes than the transfer length asked for. */
export const SRB_STATUS_DATA_OVERRUN = 0x12
export const SRB_STATUS_REQUEST_FLUSHED = 0x16
/** Bits beside the status. */
export const SRB_STATUS_QUEUE_FROZEN = 0x40
export const SRB_STATUS_AUTOSENSE_VALID = 0x80
const STATUS_MASK = 0x3f

export const SRB_FLAGS_BYPASS_FROZEN_QUEUE = 0x10
/** An error does not freeze the unit's queue. */
export const SRB_FLAGS_NO_QUEUE_FREEZE = 0x100
export const SRB_FLAGS_BYPASS_LOCKED_QUEUE = 0x80000

export const SRB_FREE = 0
/** Out of the pool, with the port. */
export const SRB_HELD = 1
/** Built, in its unit's queue. */
export const SRB_WAITING = 2
/** With the miniport. */
export const SRB_STARTED = 3

/** Fixed-format sense data. */
export const SENSE_BYTES = 18
const FIXED_FORMAT_CURRENT = 0x70
const NO_DATA = new Uint8Array(0)

export class Srb {
  /** Its place in the pool; names it among the outstanding ones. */
  readonly queueTag: number
  readonly cdb: Uint8Array = new Uint8Array(MAX_CDB_BYTES)
  readonly senseInfo: Uint8Array = new Uint8Array(SENSE_BYTES)
  function = SRB_FUNCTION_EXECUTE_SCSI
  srbStatus = SRB_STATUS_PENDING
  scsiStatus = SCSI_STATUS_GOOD
  srbFlags = 0
  lun = 0
  cdbLength = 0
  /** The caller's bytes, in shared memory: data-out to read from, data-in to fill. */
  data: Uint8Array = NO_DATA
  /** Bytes to transfer; the miniport lowers it to what it really moved. */
  dataTransferLength = 0
  /** Milliseconds from HwStartIo on after which the port resets the unit. */
  timeOutMs = 0
  /** The miniport's own; made once for each pooled SRB by HwMakeSrbExtension. */
  extension: unknown = null
  /** @internal */
  state = SRB_FREE
  /** @internal The IRP that it serves; null for the port's own SRBs. */
  request: Request | null = null
  /** @internal Tick of the time-out watch at HwStartIo. */
  startedTick = 0
  /** @internal The miniport was busy: HwBuildIo is called again before the next start. */
  needsBuild = false
  /** @internal For the port's own SRBs: hears of the end. */
  whenDone: ((srbStatus: number, ntstatus: number) => void) | null = null
  /** @internal */
  next: Srb | null = null

  constructor(queueTag: number) {
    this.queueTag = queueTag
  }

  /** @internal Fresh from the pool: an EXECUTE_SCSI of no data. The CDB is written by the caller. */
  reset(request: Request | null, lun: number, srbFlags: number, timeOutMs: number): void {
    this.function = SRB_FUNCTION_EXECUTE_SCSI
    this.srbStatus = SRB_STATUS_PENDING
    this.scsiStatus = SCSI_STATUS_GOOD
    this.srbFlags = srbFlags
    this.lun = lun
    this.data = NO_DATA
    this.dataTransferLength = 0
    this.timeOutMs = timeOutMs
    this.request = request
    this.state = SRB_HELD
  }

  /** @internal Lets go of what does not belong to it any more. */
  release(): void {
    this.state = SRB_FREE
    this.request = null
    this.whenDone = null
    this.needsBuild = false
    this.data = NO_DATA
  }

  /** The status without its bits. */
  get status(): number {
    return this.srbStatus & STATUS_MASK
  }

  get hasSense(): boolean {
    return (this.srbStatus & SRB_STATUS_AUTOSENSE_VALID) !== 0
  }

  /** Sense key of a check condition. */
  get senseKey(): number {
    return this.hasSense ? (this.senseInfo[2] as number) & 0xf : SENSE_NO_SENSE
  }

  /** Additional sense code and qualifier of a check condition. */
  get additionalSense(): number {
    return this.hasSense ? get16(this.senseInfo, 12) : 0
  }

  /** Fills in a check condition with fixed-format sense data and returns the SRB status that goes with it. */
  checkCondition(senseKey: number, additionalSense: number): number {
    this.scsiStatus = SCSI_STATUS_CHECK_CONDITION
    writeSense(this.senseInfo, senseKey, additionalSense)
    return SRB_STATUS_ERROR | SRB_STATUS_AUTOSENSE_VALID
  }
}

/** Fixed-format sense data, as far as `target` has room. */
export function writeSense(target: Uint8Array, senseKey: number, additionalSense: number): void {
  target.fill(0)
  target[0] = FIXED_FORMAT_CURRENT
  if (target.length < SENSE_BYTES) return
  target[2] = senseKey
  target[7] = SENSE_BYTES - 8
  target[12] = additionalSense >>> 8
  target[13] = additionalSense
}
