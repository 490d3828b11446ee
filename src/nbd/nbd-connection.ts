/**
 * Connection: one client, from accept to close. Runs on: host.
 *
 *   negotiating ──GO, EXPORT_NAME──► opening ──► transmitting ──DISC, end, close──► draining ──► closed
 *        └──────ABORT, nonsense, silence─────────────────────────────────────────────────────────┘
 *
 * Memory of the engine is taken only once an export has been chosen; it is given back when every IRP has ended
 * and the socket has let go of the last reply.
 */
import type { Socket } from 'node:net'
import type { Channel, IrpFile } from '../index.js'
import type { ChannelPool, PooledChannel } from './channel-pool.js'
import type { CompletionPump, PumpMember } from './completion-pump.js'
import { Negotiation, type NegotiationOptions } from './negotiation.js'
import type { NbdExport } from './nbd-export.js'
import type { ServerStatistics } from './server-statistics.js'
import { type ByteSink, SocketReader } from './socket-reader.js'
import { Transmission } from './transmission.js'

const NEGOTIATION_BYTES = 4096
/** After its last reply a client has that long to close its side. */
const LINGER_MS = 1000

/** What all connections of a server share. */
export interface ServerParts {
  readonly negotiation: NegotiationOptions
  readonly pool: ChannelPool
  readonly pump: CompletionPump
  readonly statistics: ServerStatistics
  readonly handshakeTimeoutMs: number
  readonly mayReadDirectly: boolean
}

/** Takes the client's bytes while it negotiates. */
class NegotiationSink implements ByteSink {
  readonly #bytes = new Uint8Array(NEGOTIATION_BYTES)
  readonly #onBytes: (bytes: Uint8Array) => void
  hasPlace = true

  constructor(onBytes: (bytes: Uint8Array) => void) {
    this.#onBytes = onBytes
  }

  close(): void {
    this.hasPlace = false
  }

  place(): Uint8Array {
    return this.#bytes
  }

  received(count: number): void {
    this.#onBytes(this.#bytes.subarray(0, count))
  }
}

/** Takes what a client still says after its last reply. */
const DISCARD: ByteSink = { hasPlace: true, place: () => DISCARDED, received: nothing }
const DISCARDED = new Uint8Array(NEGOTIATION_BYTES)

export class NbdConnection implements PumpMember {
  /** Settles when the connection has let go of everything. */
  readonly closed: Promise<void>
  readonly #parts: ServerParts
  readonly #reader: SocketReader
  readonly #socket: Socket
  readonly #negotiation: Negotiation
  readonly #sink: NegotiationSink
  readonly #handshakeTimer: NodeJS.Timeout
  #pooled: PooledChannel | undefined
  #file: IrpFile | undefined
  #transmission: Transmission | undefined
  #isOpening = false
  #isClosing = false
  #socketIsClosed = false
  #hasLetGo = false
  #lingerTimer: NodeJS.Timeout | undefined
  #settle: () => void = nothing

  constructor(parts: ServerParts, accepted: Socket) {
    this.#parts = parts
    this.closed = new Promise((resolve) => {
      this.#settle = resolve
    })
    this.#negotiation = new Negotiation(parts.negotiation)
    this.#sink = new NegotiationSink((bytes) => this.#negotiate(bytes))
    this.#reader = new SocketReader(accepted, this.#sink, parts.mayReadDirectly)
    const { socket } = this.#reader
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('error', nothing)
    socket.on('end', () => this.#onEnd())
    socket.on('close', () => this.#onSocketClosed())
    this.#handshakeTimer = setTimeout(() => socket.destroy(), parts.handshakeTimeoutMs)
    socket.write(this.#negotiation.takeOutput())
    this.#reader.resume()
  }

  /** The channel, while the pump looks after it. */
  get channel(): Channel {
    return (this.#pooled as PooledChannel).channel
  }

  get isWaiting(): boolean {
    return this.#transmission?.isWaiting ?? false
  }

  /** Commands that are not answered. */
  get inFlight(): number {
    return this.#transmission?.inFlight ?? 0
  }

  poll(): number {
    const count = this.#transmission?.poll() ?? 0
    if (this.#socketIsClosed) this.#letGoIfDone()
    return count
  }

  /** Finishes what was accepted, then closes. */
  close(): void {
    if (this.#isClosing) return
    this.#isClosing = true
    clearTimeout(this.#handshakeTimer)
    this.#sink.close()
    if (this.#transmission !== undefined) this.#transmission.leave()
    else if (!this.#isOpening) this.#sayGoodbye()
  }

  /** Closes without waiting for the client. IRPs that are out still end. */
  destroy(): void {
    this.close()
    this.#socket.destroy()
  }

  #negotiate(bytes: Uint8Array): void {
    const negotiation = this.#negotiation
    const used = negotiation.feed(bytes)
    const output = negotiation.takeOutput()
    if (negotiation.state === 'chosen') {
      clearTimeout(this.#handshakeTimer)
      this.#sink.close()
      this.#reader.unshift(bytes.subarray(used))
      this.#isOpening = true
      void this.#open(negotiation.chosen as NbdExport, output)
      return
    }
    if (output.length > 0) this.#socket.write(output)
    if (negotiation.state !== 'ended') return
    this.close()
  }

  /** Gets the memory and the handle that the export needs; only then the client is told to go on. */
  async #open(subject: NbdExport, output: Uint8Array): Promise<void> {
    const { pool, pump, statistics } = this.#parts
    try {
      this.#pooled = await pool.acquire()
      this.#file = await this.#pooled.channel.open(subject.device)
    } catch (error) {
      process.emitWarning(
        `export "${subject.name}" cannot be opened: ${(error as Error).message}`,
        {
          type: 'IrpoolWarning',
        },
      )
      this.#socket.destroy()
    }
    this.#isOpening = false
    if (this.#file === undefined || this.#pooled === undefined || this.#socket.destroyed) {
      this.#letGoIfDone()
      return
    }
    statistics.clients++
    this.#transmission = new Transmission({
      channel: this.#pooled.channel,
      memory: this.#pooled.memory,
      file: this.#file,
      socket: this.#socket,
      subject,
      isStructured: this.#negotiation.isStructured,
      maximumPayloadBytes: this.#parts.negotiation.maximumPayloadBytes,
      statistics,
      onLeave: (isProtocolError) => this.#onLeave(isProtocolError),
      onSubmitted: () => pump.kick(),
      onRoom: () => this.#reader.resume(),
      onDrained: () => this.#sayGoodbye(),
    })
    pump.add(this)
    this.#socket.write(output)
    this.#reader.sink = this.#transmission
    if (this.#isClosing) this.#transmission.leave()
    else this.#reader.resume()
  }

  #onLeave(isProtocolError: boolean): void {
    if (isProtocolError) this.#parts.statistics.protocolErrors++
    this.#isClosing = true
  }

  /** Nothing more will be said: lets the client finish speaking, but not for ever. */
  #sayGoodbye(): void {
    if (this.#socketIsClosed) return
    this.#socket.end()
    this.#reader.sink = DISCARD
    this.#reader.resume()
    this.#lingerTimer = setTimeout(() => this.#socket.destroy(), LINGER_MS)
  }

  /** The client will send nothing more; it may still read. */
  #onEnd(): void {
    this.close()
    this.#transmission?.abandon()
  }

  #onSocketClosed(): void {
    this.#socketIsClosed = true
    clearTimeout(this.#handshakeTimer)
    clearTimeout(this.#lingerTimer)
    this.#isClosing = true
    this.#transmission?.abandon()
    this.#letGoIfDone()
  }

  #letGoIfDone(): void {
    if (!this.#socketIsClosed || this.#isOpening || this.#hasLetGo || this.inFlight > 0) return
    this.#hasLetGo = true
    void this.#letGo()
  }

  async #letGo(): Promise<void> {
    const { pool, pump, statistics } = this.#parts
    if (this.#transmission !== undefined) {
      pump.remove(this)
      this.#transmission.dispose()
    }
    await this.#file?.close()
    if (this.#pooled !== undefined) await pool.release(this.#pooled)
    if (this.#transmission !== undefined) statistics.clients--
    this.#settle()
  }
}

function nothing(): void {}
