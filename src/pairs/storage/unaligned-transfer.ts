/**
 * Unaligned transfer: a read or write of bytes that are no whole blocks, as READ, merge and WRITE of the blocks
 * around them. Runs on: worker; allocates, because it is rare.
 *
 * Invariant: between its READ and its WRITE an unaligned write has the unit for itself, so that no other write to
 * the blocks at its edges is lost.
 */
import { type Request, STATUS_INVALID_PARAMETER, STATUS_SUCCESS } from '../../index.js'
import { copyBytes } from '../move-bytes.js'
import { writeReadCdb, writeWriteCdb } from './cdb.js'
import type { LogicalUnit } from './logical-unit.js'
import { type Srb, SRB_FLAGS_NO_QUEUE_FREEZE } from './srb.js'
import type { StoragePort } from './storage-port.js'

/** Whole blocks around some bytes. */
interface Around {
  readonly lba: number
  readonly bytes: Uint8Array
  /** Where the bytes begin in them. */
  readonly skip: number
}

/** Reads any bytes of the unit. */
export function readUnaligned(
  port: StoragePort,
  unit: LogicalUnit,
  request: Request,
  length: number,
  timeOutMs: number,
): void {
  const around = blocksAround(port, unit, request, length)
  if (around === undefined) return
  const { bytes, skip } = around
  const read = blocksSrb(port, unit, around, false, timeOutMs)
  read.whenDone = (_srbStatus, ntstatus) => {
    if (ntstatus !== STATUS_SUCCESS) {
      request.complete(ntstatus)
      return
    }
    copyBytes(bytes.subarray(skip, skip + length), request.retrieveOutputBuffer(), 0)
    request.completeWithInformation(STATUS_SUCCESS, length)
  }
  port.execute(read)
}

/** Writes any bytes of the unit; those around them stay what they are. */
export function writeUnaligned(
  port: StoragePort,
  unit: LogicalUnit,
  request: Request,
  length: number,
  timeOutMs: number,
): void {
  const around = blocksAround(port, unit, request, length)
  if (around === undefined) return
  port.exclusively(unit, (done) => {
    const end = (ntstatus: number): void => {
      if (ntstatus === STATUS_SUCCESS) request.completeWithInformation(ntstatus, length)
      else request.complete(ntstatus)
      done()
    }
    const read = blocksSrb(port, unit, around, false, timeOutMs)
    read.whenDone = (_readSrbStatus, readStatus) => {
      if (readStatus !== STATUS_SUCCESS) {
        end(readStatus)
        return
      }
      copyBytes(request.retrieveInputBuffer(), around.bytes, around.skip)
      const write = blocksSrb(port, unit, around, true, timeOutMs)
      write.whenDone = (_srbStatus, ntstatus) => end(ntstatus)
      port.executePastQueue(write)
    }
    port.executePastQueue(read)
  })
}

/** Completes the request and returns undefined when there are more than one SRB can move. */
function blocksAround(
  port: StoragePort,
  { blockBytes }: LogicalUnit,
  request: Request,
  length: number,
): Around | undefined {
  const { deviceOffset } = request
  const lba = Math.floor(deviceOffset / blockBytes)
  const skip = deviceOffset - lba * blockBytes
  const byteLength = Math.ceil((skip + length) / blockBytes) * blockBytes
  if (byteLength > port.maximumTransferBytes) {
    request.complete(STATUS_INVALID_PARAMETER)
    return undefined
  }
  return { lba, skip, bytes: new Uint8Array(byteLength) }
}

/** A READ or WRITE of those blocks; the caller says what follows. */
function blocksSrb(
  port: StoragePort,
  unit: LogicalUnit,
  { lba, bytes }: Around,
  isWrite: boolean,
  timeOutMs: number,
): Srb {
  const srb = port.acquire(null, unit.lun, SRB_FLAGS_NO_QUEUE_FREEZE, timeOutMs)
  const blocks = bytes.length / unit.blockBytes
  srb.cdbLength = isWrite
    ? writeWriteCdb(srb.cdb, lba, blocks, false)
    : writeReadCdb(srb.cdb, lba, blocks)
  srb.data = bytes
  srb.dataTransferLength = bytes.length
  return srb
}
