/**
 * Unix socket: whether a server may listen at a path, and what a killed one left behind there. Runs on: the host
 * thread that starts the server.
 *
 * Only a socket that nobody answers is taken away: whatever else lies there, an image whose name was given by
 * mistake, stays as it is.
 */
import { lstat, stat, unlink } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { dirname } from 'node:path'
import { NbdServerError } from './nbd-server-error.js'

/** `sun_path` without its end: 108 bytes on Linux, 104 on the BSDs. Node before 24 cuts a longer one off silently. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103

/** @throws NbdServerError ERR_IRP_NBD_OPTION for a path that can be none. */
export function checkSocketPath(path: unknown): void {
  if (typeof path !== 'string' || path === '') {
    const message = `path ${String(path)} is not the path of a Unix socket: a text, not empty`
    throw new NbdServerError('ERR_IRP_NBD_OPTION', message, path)
  }
  const bytes = Buffer.byteLength(path)
  if (bytes <= MAX_PATH_BYTES) return
  const message = `path ${path} has ${bytes} bytes, and a Unix socket's at most ${MAX_PATH_BYTES}: choose a shorter one`
  throw new NbdServerError('ERR_IRP_NBD_OPTION', message, path)
}

/**
 * Makes room at a path: a socket without a server goes, one with a server stays, and listening there will fail.
 * @throws NbdServerError ERR_IRP_NBD_LISTEN when there is something else, or no folder for it.
 */
export async function clearSocketPath(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined)
  if (there === undefined) {
    const folder = await stat(dirname(path)).catch(() => undefined)
    if (folder?.isDirectory() === true) return
    throw cannotListen(path, `there is no folder ${dirname(path)}`)
  }
  if (!there.isSocket()) throw cannotListen(path, 'there is something that is no socket')
  if ((await connectFailure(path)) === 'ECONNREFUSED') await unlink(path)
}

function cannotListen(path: string, why: string): NbdServerError {
  const message = `cannot listen on ${path}: ${why}: choose another path`
  return new NbdServerError('ERR_IRP_NBD_LISTEN', message, path)
}

function connectFailure(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createConnection({ path })
    probe.once('connect', () => {
      probe.destroy()
      resolve(undefined)
    })
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })
}
