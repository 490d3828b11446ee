/**
 * Disk command: a CDB taken apart for a miniport that is a disk; the SRB extension of the shipped ones.
 * Runs on: worker. HOT for READ and WRITE. Touches the SRB and its extension only, as HwBuildIo must.
 *
 * Invariant: what `decodeDiskCommand` lets pass names bytes within the disk, and `srb.data` has exactly as many
 * as a READ or WRITE moves.
 */
import { cdbBlocks, cdbLba, get16, get32, get64 } from './cdb.js'
import { answerDiskCommand, type DiskModel } from './disk-answers.js'
import {
  ASC_INVALID_FIELD_IN_CDB,
  ASC_INVALID_FIELD_IN_PARAMETER_LIST,
  ASC_INVALID_OPERATION_CODE,
  ASC_LBA_OUT_OF_RANGE,
  ASC_PARAMETER_LIST_LENGTH_ERROR,
  ASC_WRITE_PROTECTED,
  CDB_FUA,
  CDB_WRITE_SAME_NDOB,
  CDB_WRITE_SAME_UNMAP,
  SCSI_READ_10,
  SCSI_READ_16,
  SCSI_SYNCHRONIZE_CACHE_10,
  SCSI_SYNCHRONIZE_CACHE_16,
  SCSI_UNMAP,
  SCSI_WRITE_10,
  SCSI_WRITE_16,
  SCSI_WRITE_SAME_10,
  SCSI_WRITE_SAME_16,
  SENSE_DATA_PROTECT,
  SENSE_ILLEGAL_REQUEST,
} from './scsi.js'
import {
  type Srb,
  SRB_FUNCTION_EXECUTE_SCSI,
  SRB_FUNCTION_RESET_DEVICE,
  SRB_FUNCTION_RESET_LOGICAL_UNIT,
  SRB_STATUS_DATA_OVERRUN,
  SRB_STATUS_INVALID_REQUEST,
  SRB_STATUS_PENDING,
} from './srb.js'

export const DISK_READ = 1
export const DISK_WRITE = 2
export const DISK_FLUSH = 3
export const DISK_WRITE_SAME = 4
export const DISK_UNMAP = 5
export const DISK_RESET = 6

const UNMAP_HEADER_BYTES = 8
const UNMAP_DESCRIPTOR_BYTES = 16
/** A block of zeros for WRITE SAME without data. */
const NO_PATTERN = new Uint8Array(0)

export class DiskCommand {
  kind = 0
  /** Bytes. */
  offset = 0
  length = 0
  forceUnitAccess = false
  /** WRITE SAME: the block to repeat; empty stands for zeros. */
  pattern: Uint8Array = NO_PATTERN
  /** WRITE SAME: the blocks may be unmapped instead. */
  mayUnmap = false
}

/**
 * Decodes the SRB's CDB into `command`. Returns SRB_STATUS_PENDING when there is something to start; otherwise
 * the command has been answered or refused here, with that status.
 */
export function decodeDiskCommand(model: DiskModel, srb: Srb, command: DiskCommand): number {
  if (srb.function !== SRB_FUNCTION_EXECUTE_SCSI) return decodeFunction(srb, command)
  const { cdb } = srb
  switch (cdb[0]) {
    case SCSI_READ_10:
    case SCSI_READ_16:
      return decodeTransfer(model, srb, command, DISK_READ)
    case SCSI_WRITE_10:
    case SCSI_WRITE_16:
      return decodeTransfer(model, srb, command, DISK_WRITE)
    case SCSI_SYNCHRONIZE_CACHE_10:
    case SCSI_SYNCHRONIZE_CACHE_16:
      command.kind = DISK_FLUSH
      return decodeRange(model, srb, command)
    case SCSI_WRITE_SAME_10:
    case SCSI_WRITE_SAME_16:
      return decodeWriteSame(model, srb, command)
    case SCSI_UNMAP:
      return decodeUnmap(model, srb, command)
    default:
      return answerDiskCommand(model, srb)
  }
}

function decodeFunction(srb: Srb, command: DiskCommand): number {
  const { function: which } = srb
  const isReset = which === SRB_FUNCTION_RESET_LOGICAL_UNIT || which === SRB_FUNCTION_RESET_DEVICE
  if (!isReset) return SRB_STATUS_INVALID_REQUEST
  command.kind = DISK_RESET
  return SRB_STATUS_PENDING
}

function decodeTransfer(model: DiskModel, srb: Srb, command: DiskCommand, kind: number): number {
  const flags = srb.cdb[1] as number
  command.kind = kind
  command.forceUnitAccess = (flags & CDB_FUA) !== 0
  if (kind === DISK_WRITE && model.isReadOnly) return writeProtected(srb)
  const status = decodeRange(model, srb, command)
  if (status !== SRB_STATUS_PENDING) return status
  const { length } = command
  if (srb.data.length !== length) {
    if (srb.data.length < length) return SRB_STATUS_DATA_OVERRUN
    srb.data = srb.data.subarray(0, length)
  }
  srb.dataTransferLength = length
  return status
}

function decodeRange(model: DiskModel, srb: Srb, command: DiskCommand): number {
  const lba = cdbLba(srb.cdb)
  const blocks = cdbBlocks(srb.cdb)
  if (lba + blocks > model.blockCount) {
    return srb.checkCondition(SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE)
  }
  command.offset = lba * model.blockBytes
  command.length = blocks * model.blockBytes
  return SRB_STATUS_PENDING
}

function decodeWriteSame(model: DiskModel, srb: Srb, command: DiskCommand): number {
  const flags = srb.cdb[1] as number
  const hasNoData = srb.cdb[0] === SCSI_WRITE_SAME_16 && (flags & CDB_WRITE_SAME_NDOB) !== 0
  command.kind = DISK_WRITE_SAME
  command.forceUnitAccess = false
  command.mayUnmap = (flags & CDB_WRITE_SAME_UNMAP) !== 0
  if (model.isReadOnly) return writeProtected(srb)
  if (!hasNoData && srb.data.length < model.blockBytes) return SRB_STATUS_DATA_OVERRUN
  const block = hasNoData ? NO_PATTERN : srb.data.subarray(0, model.blockBytes)
  command.pattern = block.every((byte) => byte === 0) ? NO_PATTERN : block
  srb.dataTransferLength = block.length
  // No blocks named: to the end of the unit (the WSNZ bit of the block limits is clear).
  const status = decodeRange(model, srb, command)
  if (status === SRB_STATUS_PENDING && command.length === 0) {
    command.length = model.blockCount * model.blockBytes - command.offset
  }
  return status
}

function decodeUnmap(model: DiskModel, srb: Srb, command: DiskCommand): number {
  const { cdb } = srb
  const listBytes = get16(cdb, 7)
  command.kind = DISK_UNMAP
  if (!model.canUnmap) return srb.checkCondition(SENSE_ILLEGAL_REQUEST, ASC_INVALID_OPERATION_CODE)
  if (model.isReadOnly) return writeProtected(srb)
  if (srb.data.length < listBytes) return SRB_STATUS_DATA_OVERRUN
  if (((cdb[1] as number) & 1) !== 0) {
    return srb.checkCondition(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_CDB)
  }
  srb.data = srb.data.subarray(0, listBytes)
  srb.dataTransferLength = listBytes
  command.length = 0
  if (listBytes === 0) return SRB_STATUS_PENDING
  return checkUnmapList(model, srb)
}

function checkUnmapList(model: DiskModel, srb: Srb): number {
  const { data: list } = srb
  if (list.length < UNMAP_HEADER_BYTES) {
    return srb.checkCondition(SENSE_ILLEGAL_REQUEST, ASC_PARAMETER_LIST_LENGTH_ERROR)
  }
  const count = unmapDescriptorCount(list)
  if (count > model.maximumUnmapDescriptors) {
    return srb.checkCondition(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_PARAMETER_LIST)
  }
  for (let i = 0; i < count; i++) {
    if (unmapLba(list, i) + unmapBlocks(list, i) > model.blockCount) {
      return srb.checkCondition(SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE)
    }
  }
  return SRB_STATUS_PENDING
}

/** Descriptors that an UNMAP parameter list says it has and really has. */
export function unmapDescriptorCount(list: Uint8Array): number {
  if (list.length < UNMAP_HEADER_BYTES) return 0
  const said = get16(list, 2)
  return Math.floor(Math.min(said, list.length - UNMAP_HEADER_BYTES) / UNMAP_DESCRIPTOR_BYTES)
}

export function unmapLba(list: Uint8Array, index: number): number {
  return get64(list, UNMAP_HEADER_BYTES + index * UNMAP_DESCRIPTOR_BYTES)
}

export function unmapBlocks(list: Uint8Array, index: number): number {
  return get32(list, UNMAP_HEADER_BYTES + index * UNMAP_DESCRIPTOR_BYTES + 8)
}

function writeProtected(srb: Srb): number {
  return srb.checkCondition(SENSE_DATA_PROTECT, ASC_WRITE_PROTECTED)
}
