/**
 * SRB functions: what a pass-through SRB asks for besides a SCSI command: queue control, resets, flush.
 * Runs on: worker; never for reads and writes.
 */
import { writeSynchronizeCacheCdb } from './cdb.js'
import type { LogicalUnit } from './logical-unit.js'
import { SCSI_REQUEST_SENSE } from './scsi.js'
import {
  type Srb,
  SRB_FUNCTION_EXECUTE_SCSI,
  SRB_FUNCTION_FLUSH,
  SRB_FUNCTION_FLUSH_QUEUE,
  SRB_FUNCTION_LOCK_QUEUE,
  SRB_FUNCTION_RELEASE_QUEUE,
  SRB_FUNCTION_RESET_BUS,
  SRB_FUNCTION_RESET_DEVICE,
  SRB_FUNCTION_RESET_LOGICAL_UNIT,
  SRB_FUNCTION_SHUTDOWN,
  SRB_FUNCTION_UNLOCK_QUEUE,
  SRB_STATUS_ERROR,
  SRB_STATUS_INVALID_REQUEST,
  SRB_STATUS_NO_DEVICE,
  SRB_STATUS_SUCCESS,
  SENSE_BYTES,
  writeSense,
} from './srb.js'
import type { StoragePort } from './storage-port.js'

/** No SRB has that tag: none of those that a reset ends timed out. */
const NO_TAG = -1

/** Does what the SRB's function says, and completes it. */
export function executeSrbFunction(port: StoragePort, srb: Srb): void {
  const unit = port.units()[srb.lun]
  if (srb.function === SRB_FUNCTION_EXECUTE_SCSI) {
    if (srb.cdb[0] === SCSI_REQUEST_SENSE && unit !== undefined) requestSense(port, unit, srb)
    else port.execute(srb)
    return
  }
  srb.dataTransferLength = 0
  if (unit === undefined) port.end(srb, SRB_STATUS_NO_DEVICE)
  else control(port, unit, srb)
}

/** Sense data come with the command that failed; the port has kept the last ones for whoever cannot see them there. */
function requestSense(port: StoragePort, unit: LogicalUnit, srb: Srb): void {
  const sense = new Uint8Array(SENSE_BYTES)
  writeSense(sense, unit.lastSenseKey, unit.lastAdditionalSense)
  unit.lastSenseKey = 0
  unit.lastAdditionalSense = 0
  const count = Math.min(SENSE_BYTES, srb.cdb[4] as number, srb.data.length)
  srb.data.set(sense.subarray(0, count))
  srb.dataTransferLength = count
  port.end(srb, SRB_STATUS_SUCCESS)
}

function control(port: StoragePort, unit: LogicalUnit, srb: Srb): void {
  switch (srb.function) {
    case SRB_FUNCTION_RELEASE_QUEUE:
      port.releaseQueue(unit)
      break
    case SRB_FUNCTION_FLUSH_QUEUE:
      port.flushQueue(unit)
      break
    case SRB_FUNCTION_LOCK_QUEUE:
      port.lockQueue(unit)
      break
    case SRB_FUNCTION_UNLOCK_QUEUE:
      port.unlockQueue(unit)
      break
    case SRB_FUNCTION_FLUSH:
    case SRB_FUNCTION_SHUTDOWN:
      srb.function = SRB_FUNCTION_EXECUTE_SCSI
      srb.cdbLength = writeSynchronizeCacheCdb(srb.cdb)
      port.execute(srb)
      return
    case SRB_FUNCTION_RESET_LOGICAL_UNIT:
    case SRB_FUNCTION_RESET_DEVICE:
      resetUnit(port, unit, srb)
      return
    case SRB_FUNCTION_RESET_BUS:
      resetBus(port, srb)
      return
    default:
      port.end(srb, SRB_STATUS_INVALID_REQUEST)
      return
  }
  port.end(srb, SRB_STATUS_SUCCESS)
}

function resetUnit(port: StoragePort, unit: LogicalUnit, srb: Srb): void {
  port.sendReset(unit, srb.function, (released) => {
    if (released) port.endStarted(unit, NO_TAG)
    port.end(srb, released ? SRB_STATUS_SUCCESS : SRB_STATUS_ERROR)
    port.dispatch(unit)
  })
}

function resetBus(port: StoragePort, srb: Srb): void {
  const released = port.resetBus()
  if (released) for (const unit of port.units()) port.endStarted(unit, NO_TAG)
  port.end(srb, released ? SRB_STATUS_SUCCESS : SRB_STATUS_ERROR)
  for (const unit of port.units()) port.dispatch(unit)
}
