/**
 * SCSI pass-through: the IOCTLs by which a host sends SRBs of its own, and the 32 bytes that describe one.
 * Runs on: host (writes), worker (reads). Little-endian.
 *
 *   byte 0       SRB function
 *   byte 1       LUN
 *   byte 2       length of the CDB, 0 to 16
 *   byte 3       zero
 *   bytes 4-7    SRB flags
 *   bytes 8-11   time-out in milliseconds, 0 = the port's own
 *   bytes 12-15  zero
 *   bytes 16-31  CDB
 *
 * The description is the input buffer of the IOCTL, the data are the output buffer, whichever way they go.
 * Sense data of a command that failed: REQUEST SENSE, before the next one fails.
 */
import {
  ctlCode,
  FILE_ANY_ACCESS,
  FILE_DEVICE_MASS_STORAGE,
  FILE_WRITE_ACCESS,
  METHOD_IN_DIRECT,
  METHOD_OUT_DIRECT,
} from '../../index.js'
import { MAX_CDB_BYTES } from './cdb.js'
import type { Srb } from './srb.js'

const PASS_THROUGH = 0x900

/** Data, if any, come from the unit. */
export const IOCTL_STORAGE_SRB_IN: number = ctlCode(
  FILE_DEVICE_MASS_STORAGE,
  PASS_THROUGH,
  METHOD_OUT_DIRECT,
  FILE_ANY_ACCESS,
)
/** Data, if any, go to the unit. */
export const IOCTL_STORAGE_SRB_OUT: number = ctlCode(
  FILE_DEVICE_MASS_STORAGE,
  PASS_THROUGH + 1,
  METHOD_IN_DIRECT,
  FILE_WRITE_ACCESS,
)

export const PASS_THROUGH_BYTES = 32
const FLAGS = 4
const TIME_OUT = 8
const CDB = 16

/** Describes an SRB in `bytes`; its CDB is written by the caller into `passThroughCdb(bytes)`. */
export function writePassThrough(
  bytes: Uint8Array,
  srbFunction: number,
  lun: number,
  cdbLength: number,
  srbFlags: number,
  timeOutMs: number,
): void {
  bytes.fill(0, 0, CDB)
  bytes[0] = srbFunction
  bytes[1] = lun
  bytes[2] = cdbLength
  putLittle32(bytes, FLAGS, srbFlags)
  putLittle32(bytes, TIME_OUT, timeOutMs)
}

/** The place of the CDB in such a description. */
export function passThroughCdb(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(CDB, CDB + MAX_CDB_BYTES)
}

export function passThroughLun(bytes: Uint8Array): number {
  return bytes[1] as number
}

export function passThroughFlags(bytes: Uint8Array): number {
  return getLittle32(bytes, FLAGS)
}

export function passThroughTimeOutMs(bytes: Uint8Array): number {
  return getLittle32(bytes, TIME_OUT)
}

/** Copies function and CDB into the SRB. False when the description is none. */
export function readPassThrough(bytes: Uint8Array, srb: Srb): boolean {
  const cdbLength = bytes[2] as number
  if (cdbLength > MAX_CDB_BYTES) return false
  srb.function = bytes[0] as number
  srb.cdbLength = cdbLength
  for (let i = 0; i < MAX_CDB_BYTES; i++)
    srb.cdb[i] = i < cdbLength ? (bytes[CDB + i] as number) : 0
  return true
}

function putLittle32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}

function getLittle32(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
  return (low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0
}
