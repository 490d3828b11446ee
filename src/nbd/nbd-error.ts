/**
 * NTSTATUS to NBD's error numbers. Runs on: host; only for requests that failed.
 */
import {
  STATUS_DEVICE_NOT_READY,
  STATUS_DISK_FULL,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_MEDIA_WRITE_PROTECTED,
  STATUS_NONEXISTENT_SECTOR,
  STATUS_NOT_SUPPORTED,
} from '../index.js'
import {
  NBD_EINVAL,
  NBD_EIO,
  NBD_ENOMEM,
  NBD_ENOSPC,
  NBD_ENOTSUP,
  NBD_EPERM,
  NBD_ESHUTDOWN,
  NBD_OK,
} from './protocol.js'

/** The error that a client is told; EIO for whatever has no better name. */
export function nbdErrorOf(status: number): number {
  if (status >= 0) return NBD_OK
  switch (status) {
    case STATUS_MEDIA_WRITE_PROTECTED:
      return NBD_EPERM
    case STATUS_INSUFFICIENT_RESOURCES:
      return NBD_ENOMEM
    case STATUS_INVALID_PARAMETER:
    case STATUS_NONEXISTENT_SECTOR:
      return NBD_EINVAL
    case STATUS_DISK_FULL:
      return NBD_ENOSPC
    case STATUS_NOT_SUPPORTED:
    case STATUS_INVALID_DEVICE_REQUEST:
      return NBD_ENOTSUP
    case STATUS_DEVICE_NOT_READY:
      return NBD_ESHUTDOWN
    default:
      return NBD_EIO
  }
}
