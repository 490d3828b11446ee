/**
 * NBD server: serves storage devices of an engine to network block device clients. Runs on: the host thread that
 * started it (the engine's own).
 */
import { createServer, isIP, type Server, type Socket } from 'node:net'
import type { Engine } from '../index.js'
import { ChannelPool } from './channel-pool.js'
import { CompletionPump } from './completion-pump.js'
import { NbdConnection, type ServerParts } from './nbd-connection.js'
import { NbdServerError } from './nbd-server-error.js'
import { describeExport, type NbdExport } from './nbd-export.js'
import { type NbdStatistics, ServerStatistics } from './server-statistics.js'
import { checkSocketPath, clearSocketPath } from './unix-socket.js'

export interface NbdExportOptions {
  /** What clients ask for; the first export also answers to the empty name. */
  readonly name: string
  /** Name of a device of the storage pair. */
  readonly device: string
  readonly description?: string
}

export interface NbdServerOptions {
  readonly engine: Engine
  readonly exports: readonly NbdExportOptions[]
  /** Path of a Unix socket; or `port`. */
  readonly path?: string
  /** TCP port; 0 picks one. Default 10809 when there is no path. */
  readonly port?: number
  /** Address to listen on. Default 127.0.0.1: NBD has no authentication, think before you open it. */
  readonly host?: string
  /** Clients at once; more are turned away. Default 64. */
  readonly maxClients?: number
  /** Requests of one client in flight; a power of two to 1024. Default 256. */
  readonly queueDepth?: number
  /** Memory of one client's requests and replies, bytes; a power of two from 1 MiB. Default 16 MiB. */
  readonly bufferBytes?: number
  /** A client has that long to choose an export. Default 10,000. */
  readonly handshakeTimeoutMs?: number
  /** False: copy from 'data' events instead of reading into shared memory. Default true. */
  readonly directReads?: boolean
}

/** Where a server listens. */
export type NbdAddress =
  | { readonly path: string }
  | { readonly host: string; readonly port: number }

const NBD_PORT = 10809
const PREFERRED_BLOCK_BYTES = 4096
const MIN_BUFFER_BYTES = 2 ** 20
const MAX_QUEUE_DEPTH = 1024
const MAX_NAME_BYTES = 4096
const LISTEN_HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: ', something listens there already: choose another',
  EADDRNOTAVAIL: ', no address of this machine',
  EACCES: ', this user may not',
  ENOTFOUND: ', no such host',
}

export class NbdServer {
  readonly exports: readonly NbdExport[]
  readonly address: NbdAddress
  readonly #server: Server
  readonly #parts: ServerParts
  readonly #connections: Set<NbdConnection>
  #closing: Promise<void> | undefined

  /** @internal Made by `serveNbd`. */
  constructor(
    server: Server,
    address: NbdAddress,
    exports: readonly NbdExport[],
    parts: ServerParts,
    connections: Set<NbdConnection>,
  ) {
    this.#server = server
    this.address = address
    this.exports = exports
    this.#parts = parts
    this.#connections = connections
  }

  /** As NBD clients write it: `nbd+unix:///NAME?socket=PATH` or `nbd://HOST:PORT/NAME`. */
  uri(name: string = this.exports[0]?.name ?? ''): string {
    const { address } = this
    const path = encodeURIComponent(name)
    if ('path' in address) return `nbd+unix:///${path}?socket=${encodeURI(address.path)}`
    const host = isIP(address.host) === 6 ? `[${address.host}]` : address.host
    return `nbd://${host}:${address.port}/${path}`
  }

  /** What has been counted so far. */
  statistics(): NbdStatistics {
    let inFlight = 0
    for (const connection of this.#connections) inFlight += connection.inFlight
    return this.#parts.statistics.picture(inFlight)
  }

  /** 99th percentile of the latency since the last call, in microseconds. */
  recentP99Us(): number {
    const { recentLatency } = this.#parts.statistics
    const p99 = recentLatency.percentile(0.99)
    recentLatency.reset()
    return p99
  }

  /**
   * Takes no more clients and commands, finishes what was accepted, closes. Clients that have not taken their
   * replies after `timeoutMs` (default 5000) are cut off. The engine goes on.
   */
  close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs ?? 5000)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(timeoutMs: number): Promise<void> {
    const stopped = new Promise((resolve) => this.#server.close(resolve))
    const connections = [...this.#connections]
    const timer = setTimeout(() => {
      for (const connection of connections) connection.destroy()
    }, timeoutMs)
    for (const connection of connections) connection.close()
    await Promise.all(connections.map((connection) => connection.closed))
    clearTimeout(timer)
    await stopped
    await this.#parts.pool.close()
  }
}

/**
 * Serves devices of the storage pair over NBD: fixed newstyle, structured replies, several exports and clients.
 * @throws NbdServerError for bad options and when the address cannot be had; IrpError when a device is none of
 *   the storage pair.
 */
export async function serveNbd(options: NbdServerOptions): Promise<NbdServer> {
  const { engine, maxClients = 64, handshakeTimeoutMs = 10_000, directReads = true } = options
  const { queueDepth = 256, bufferBytes = 2 ** 24 } = options
  checkOptions(options)
  const exports: NbdExport[] = []
  for (const { name, device, description = '' } of options.exports) {
    exports.push(await describeExport(engine, name, description, device))
  }
  const parts: ServerParts = {
    negotiation: {
      exports,
      preferredBlockBytes: PREFERRED_BLOCK_BYTES,
      maximumPayloadBytes: bufferBytes / 4,
    },
    pool: new ChannelPool(engine, queueDepth, bufferBytes),
    pump: new CompletionPump(),
    statistics: new ServerStatistics(),
    handshakeTimeoutMs,
    mayReadDirectly: directReads,
  }
  const connections = new Set<NbdConnection>()
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    if (connections.size >= maxClients) {
      parts.statistics.refusedConnections++
      socket.destroy()
      return
    }
    accept(parts, connections, socket)
  })
  const address = await listen(server, options)
  return new NbdServer(server, address, exports, parts, connections)
}

function accept(parts: ServerParts, connections: Set<NbdConnection>, socket: Socket): void {
  parts.statistics.connections++
  const connection = new NbdConnection(parts, socket)
  connections.add(connection)
  void connection.closed.then(() => connections.delete(connection))
}

function checkOptions(options: NbdServerOptions): void {
  const { queueDepth = 256, bufferBytes = 2 ** 24, maxClients = 64 } = options
  checkPowerOfTwo('queueDepth', queueDepth, 1, MAX_QUEUE_DEPTH)
  checkPowerOfTwo('bufferBytes', bufferBytes, MIN_BUFFER_BYTES, 2 ** 30)
  if (!(Number.isInteger(maxClients) && maxClients >= 1)) {
    refuse(`maxClients ${String(maxClients)} is not a whole number from 1`, maxClients)
  }
  if (options.path !== undefined && options.port !== undefined) {
    refuse('listen on a path or on a port, not on both', options.path)
  }
  if (options.path !== undefined) checkSocketPath(options.path)
  const names = options.exports.map(({ name }) => name)
  if (names.length === 0) refuse('a server needs at least one export', names)
  for (const [i, name] of names.entries()) {
    if (names.indexOf(name) !== i) refuse(`there are two exports named "${name}"`, name)
    if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
      refuse(`an export's name has at most ${MAX_NAME_BYTES} bytes`, name)
    }
  }
}

function checkPowerOfTwo(what: string, value: number, min: number, max: number): void {
  const isPowerOfTwo = Number.isInteger(value) && (value & (value - 1)) === 0
  if (!isPowerOfTwo || value < min || value > max) {
    refuse(`${what} ${String(value)} is not a power of two from ${min} to ${max}`, value)
  }
}

function refuse(message: string, value: unknown): never {
  throw new NbdServerError('ERR_IRP_NBD_OPTION', message, value)
}

async function listen(server: Server, options: NbdServerOptions): Promise<NbdAddress> {
  const { path, port = NBD_PORT, host = '127.0.0.1' } = options
  if (path !== undefined) await clearSocketPath(path)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const where = path ?? `${host}:${port}`
      const { code = cause.message } = cause
      const message = `cannot listen on ${where}: ${code}${LISTEN_HINTS[code] ?? ''}`
      reject(new NbdServerError('ERR_IRP_NBD_LISTEN', message, where, cause))
    })
    if (path === undefined) server.listen({ port, host }, resolve)
    else server.listen({ path }, resolve)
  })
  const address = server.address()
  if (path !== undefined || typeof address !== 'object' || address === null) {
    return { path: path as string }
  }
  return { host: address.address, port: address.port }
}
