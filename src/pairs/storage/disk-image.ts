/**
 * Disk image: opens or makes the file that a file miniport serves. Runs on: worker, while the device starts.
 */
import { close, fstat, ftruncate, open } from 'node:fs'
import { promisify } from 'node:util'

const openFile = promisify(open)
const closeFile = promisify(close)
const statFile = promisify(fstat)
const truncateFile = promisify(ftruncate)

/** What to do where a file to be written cannot be opened. */
const HINTS = new Map([
  ['ENOENT', ': say how large it shall be made'],
  ['EACCES', ': serve it read-only, or let it be written'],
  ['EPERM', ': serve it read-only, or let it be written'],
  ['EROFS', ': serve it read-only'],
])

/** The file cannot be served as asked. */
export class DiskImageError extends Error {
  override readonly name = 'DiskImageError'
  readonly code = 'ERR_IRP_DISK_IMAGE'
  readonly value: unknown

  constructor(message: string, value: unknown, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.value = value
  }
}

export interface DiskImage {
  readonly fd: number
  readonly sizeBytes: number
}

/**
 * Opens the image. One that does not exist is made when `bytes` says how large (sparse); one that is smaller is
 * grown to it; one that is larger is refused.
 * @throws DiskImageError
 */
export async function openDiskImage(
  path: unknown,
  bytes: number | undefined,
  isReadOnly: boolean,
): Promise<DiskImage> {
  if (typeof path !== 'string' || path === '') {
    throw new DiskImageError(`a file miniport needs a path, got ${JSON.stringify(path)}`, path)
  }
  if (bytes !== undefined && !(Number.isSafeInteger(bytes) && bytes > 0)) {
    throw new DiskImageError(`bytes must be a whole number from 1, got ${String(bytes)}`, bytes)
  }
  const fd = await openOrMake(path, bytes !== undefined, isReadOnly)
  try {
    const stat = await statFile(fd)
    if (!stat.isFile()) throw new DiskImageError(`${path} is no regular file`, path)
    if (bytes !== undefined && stat.size > bytes) {
      throw new DiskImageError(
        `${path} has ${stat.size} bytes, more than the ${bytes} asked for: leave the size out, or shrink the file`,
        bytes,
      )
    }
    const sizeBytes = bytes ?? stat.size
    if (sizeBytes === 0)
      throw new DiskImageError(`${path} is empty: say how large it shall be`, path)
    if (sizeBytes > stat.size && !isReadOnly) await truncateFile(fd, sizeBytes)
    return { fd, sizeBytes }
  } catch (error) {
    await closeFile(fd)
    throw error
  }
}

export function closeDiskImage(fd: number): Promise<void> {
  return closeFile(fd)
}

async function openOrMake(path: string, mayMake: boolean, isReadOnly: boolean): Promise<number> {
  try {
    return await openFile(path, isReadOnly ? 'r' : 'r+')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code !== 'ENOENT' || isReadOnly || !mayMake) {
      const hint = isReadOnly ? '' : (HINTS.get(code ?? '') ?? '')
      throw new DiskImageError(`cannot open ${path} (${code})${hint}`, path, cause)
    }
    return await makeFile(path)
  }
}

async function makeFile(path: string): Promise<number> {
  try {
    return await openFile(path, 'wx+', 0o600)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new DiskImageError(`cannot make ${path} (${code})`, path, cause)
  }
}
