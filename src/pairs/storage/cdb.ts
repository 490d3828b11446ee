/**
 * Command descriptor blocks: writes those that the port sends, reads those that a miniport gets.
 * Runs on: worker. HOT for READ and WRITE: byte stores and loads, nothing allocated.
 * Block numbers are numbers up to 2^53; a CDB carries them as two 32-bit halves, big-endian.
 */
import {
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
} from './scsi.js'

export const MAX_CDB_BYTES = 16
const TWO_32 = 2 ** 32
/** What the ten-byte commands can say. */
const MAX_LBA_10 = 0xffffffff
const MAX_BLOCKS_10 = 0xffff

/** READ (10), or READ (16) for what that cannot name. Returns the length of the CDB. */
export function writeReadCdb(cdb: Uint8Array, lba: number, blocks: number): number {
  return writeTransferCdb(cdb, SCSI_READ_10, SCSI_READ_16, 0, lba, blocks)
}

/** WRITE (10) or (16), with or without Force Unit Access. Returns the length of the CDB. */
export function writeWriteCdb(
  cdb: Uint8Array,
  lba: number,
  blocks: number,
  forceUnitAccess: boolean,
): number {
  const flags = forceUnitAccess ? CDB_FUA : 0
  return writeTransferCdb(cdb, SCSI_WRITE_10, SCSI_WRITE_16, flags, lba, blocks)
}

/** SYNCHRONIZE CACHE (10) of the whole unit: no blocks named means all. */
export function writeSynchronizeCacheCdb(cdb: Uint8Array): number {
  cdb.fill(0, 0, 10)
  cdb[0] = SCSI_SYNCHRONIZE_CACHE_10
  return 10
}

/** WRITE SAME (16) of zeros without a data buffer; `mayUnmap` lets the unit drop the blocks instead. */
export function writeZeroesCdb(
  cdb: Uint8Array,
  lba: number,
  blocks: number,
  mayUnmap: boolean,
): number {
  const flags = CDB_WRITE_SAME_NDOB | (mayUnmap ? CDB_WRITE_SAME_UNMAP : 0)
  return write16(cdb, SCSI_WRITE_SAME_16, flags, lba, blocks)
}

/** Bytes of an UNMAP parameter list with one descriptor. */
export const UNMAP_LIST_BYTES = 24

/** UNMAP with a parameter list of `listBytes` bytes. */
export function writeUnmapCdb(cdb: Uint8Array, listBytes: number): number {
  cdb.fill(0, 0, 10)
  cdb[0] = SCSI_UNMAP
  cdb[7] = listBytes >>> 8
  cdb[8] = listBytes
  return 10
}

/** A parameter list that unmaps one range of at most 2^32 - 1 blocks. */
export function writeUnmapList(list: Uint8Array, lba: number, blocks: number): void {
  list.fill(0, 0, UNMAP_LIST_BYTES)
  list[1] = UNMAP_LIST_BYTES - 2
  list[3] = UNMAP_LIST_BYTES - 8
  put32(list, 8, lba / TWO_32)
  put32(list, 12, lba)
  put32(list, 16, blocks)
}

function writeTransferCdb(
  cdb: Uint8Array,
  code10: number,
  code16: number,
  flags: number,
  lba: number,
  blocks: number,
): number {
  if (lba > MAX_LBA_10 || blocks > MAX_BLOCKS_10) return write16(cdb, code16, flags, lba, blocks)
  cdb[0] = code10
  cdb[1] = flags
  put32(cdb, 2, lba)
  cdb[6] = 0
  cdb[7] = blocks >>> 8
  cdb[8] = blocks
  cdb[9] = 0
  return 10
}

function write16(
  cdb: Uint8Array,
  code: number,
  flags: number,
  lba: number,
  blocks: number,
): number {
  cdb[0] = code
  cdb[1] = flags
  put32(cdb, 2, lba / TWO_32)
  put32(cdb, 6, lba)
  put32(cdb, 10, blocks)
  cdb[14] = 0
  cdb[15] = 0
  return 16
}

/** First block of a READ, WRITE, WRITE SAME or SYNCHRONIZE CACHE. Not exact beyond 2^53: out of range anyway. */
export function cdbLba(cdb: Uint8Array): number {
  return isTenByte(cdb) ? get32(cdb, 2) : get32(cdb, 2) * TWO_32 + get32(cdb, 6)
}

/** How many blocks those commands name. */
export function cdbBlocks(cdb: Uint8Array): number {
  return isTenByte(cdb) ? get16(cdb, 7) : get32(cdb, 10)
}

function isTenByte(cdb: Uint8Array): boolean {
  switch (cdb[0]) {
    case SCSI_READ_10:
    case SCSI_WRITE_10:
    case SCSI_WRITE_SAME_10:
    case SCSI_SYNCHRONIZE_CACHE_10:
      return true
    case SCSI_READ_16:
    case SCSI_WRITE_16:
    case SCSI_WRITE_SAME_16:
    case SCSI_SYNCHRONIZE_CACHE_16:
    default:
      return false
  }
}

/** Big-endian, as everything in SCSI. The value's lowest 32 bits are taken. */
export function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

export function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

export function get32(bytes: Uint8Array, at: number): number {
  return ((get16(bytes, at) << 16) | get16(bytes, at + 2)) >>> 0
}

export function get16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
}

/** A 64-bit number as two halves; not exact beyond 2^53. */
export function put64(bytes: Uint8Array, at: number, value: number): void {
  put32(bytes, at, value / TWO_32)
  put32(bytes, at + 4, value)
}

export function get64(bytes: Uint8Array, at: number): number {
  return get32(bytes, at) * TWO_32 + get32(bytes, at + 4)
}
