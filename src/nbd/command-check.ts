/**
 * Command check: which requests are refused before they become IRPs, and with what error. Runs on: host. HOT.
 */
import type { NbdExport } from './nbd-export.js'
import {
  CMD_FLAG_DF,
  CMD_FLAG_FAST_ZERO,
  CMD_FLAG_FUA,
  CMD_FLAG_NO_HOLE,
  CMD_FLUSH,
  CMD_READ,
  CMD_TRIM,
  CMD_WRITE,
  CMD_WRITE_ZEROES,
  NBD_EINVAL,
  NBD_ENOSPC,
  NBD_ENOTSUP,
  NBD_EPERM,
  NBD_OK,
} from './protocol.js'
import type { RequestHeader } from './wire.js'

/** NBD_OK, or the error that the request is answered with. */
export function checkCommand(
  header: RequestHeader,
  subject: NbdExport,
  maximumPayloadBytes: number,
): number {
  const { type, flags, offset, length } = header
  switch (type) {
    case CMD_READ:
      if ((flags & ~(CMD_FLAG_DF | CMD_FLAG_FUA)) !== 0) return NBD_EINVAL
      if (length > maximumPayloadBytes) return NBD_EINVAL
      return checkRange(offset, length, subject, NBD_EINVAL)
    case CMD_WRITE:
      if ((flags & ~CMD_FLAG_FUA) !== 0) return NBD_EINVAL
      return checkChange(offset, length, subject)
    case CMD_FLUSH:
      return (flags & ~CMD_FLAG_FUA) === 0 ? NBD_OK : NBD_EINVAL
    case CMD_TRIM:
      if ((flags & ~CMD_FLAG_FUA) !== 0) return NBD_EINVAL
      if (!subject.canUnmap && !subject.isReadOnly) return NBD_EINVAL
      return checkChange(offset, length, subject)
    case CMD_WRITE_ZEROES:
      return checkZeroes(header, subject)
    default:
      return NBD_EINVAL
  }
}

function checkZeroes({ flags, offset, length }: RequestHeader, subject: NbdExport): number {
  if ((flags & ~(CMD_FLAG_FUA | CMD_FLAG_NO_HOLE | CMD_FLAG_FAST_ZERO)) !== 0) return NBD_EINVAL
  const error = checkChange(offset, length, subject)
  if (error !== NBD_OK) return error
  // Fast is what makes holes; anything else is as slow as writing.
  const isFast = subject.canUnmap && (flags & CMD_FLAG_NO_HOLE) === 0
  return (flags & CMD_FLAG_FAST_ZERO) !== 0 && !isFast ? NBD_ENOTSUP : NBD_OK
}

function checkChange(offset: number, length: number, subject: NbdExport): number {
  if (subject.isReadOnly) return NBD_EPERM
  return checkRange(offset, length, subject, NBD_ENOSPC)
}

function checkRange(
  offset: number,
  length: number,
  { sizeBytes }: NbdExport,
  beyondEnd: number,
): number {
  return offset + length > sizeBytes ? beyondEnd : NBD_OK
}
