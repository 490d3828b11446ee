/**
 * What can be wrong with the arguments of a format call. Runs on: worker.
 */
import { STATUS_INVALID_PARAMETER } from '../abi/ntstatus.js'
import { WdfStatusError } from './errors.js'

export function checkOffset(offset: number): void {
  if (Number.isSafeInteger(offset) && offset >= 0) return
  throw new WdfStatusError(
    STATUS_INVALID_PARAMETER,
    `device offset ${offset} is not a whole number of bytes from 0 to 2^53 - 1`,
    offset,
  )
}
