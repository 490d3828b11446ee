/**
 * SRB functions: what a pass-through SRB asks for besides a SCSI command: queue control, resets, flush.
 * Runs on: worker; never for reads and writes.
 */
import { writeSynchronizeCacheCdb } from './cdb.js'
import type { LogicalUnit } from './logical-unit.js'
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
} from './srb.js'
import type { StoragePort } from './storage-port.js'

/** No SRB has that tag: none of those that a reset ends timed out. */
const NO_TAG = -1

/** Does what the SRB's function says, and completes it. */
export function executeSrbFunction(port: StoragePort, srb: Srb): void {
  if (srb.function === SRB_FUNCTION_EXECUTE_SCSI) {
    port.execute(srb)
    return
  }
  srb.dataTransferLength = 0
  const unit = port.units()[srb.lun]
  if (unit === undefined) port.end(srb, SRB_STATUS_NO_DEVICE)
  else control(port, unit, srb)
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
