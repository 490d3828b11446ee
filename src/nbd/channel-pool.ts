/**
 * Channel pool: a channel, with its memory cut up, for each client; used again when a client has left, because
 * opening one costs a round through all workers. Runs on: host.
 */
import type { Channel, Engine } from '../index.js'
import { TransmissionMemory } from './transmission-memory.js'

/** A channel's books take some megabytes. */
const MAX_IDLE = 8

export interface PooledChannel {
  readonly channel: Channel
  readonly memory: TransmissionMemory
}

export class ChannelPool {
  readonly #engine: Engine
  readonly #slots: number
  readonly #bufferBytes: number
  readonly #idle: PooledChannel[] = []

  constructor(engine: Engine, slots: number, bufferBytes: number) {
    this.#engine = engine
    this.#slots = slots
    this.#bufferBytes = bufferBytes
  }

  /** A channel without requests and files. @throws EngineError when none can be opened. */
  async acquire(): Promise<PooledChannel> {
    const known = this.#idle.pop()
    if (known !== undefined) return known
    const options = { slots: this.#slots, bufferBytes: this.#bufferBytes }
    const channel = await this.#engine.openChannel(options)
    return { channel, memory: new TransmissionMemory(channel, this.#bufferBytes, this.#slots) }
  }

  /** Keeps a channel for the next client; enough are kept, others are closed. */
  async release(pooled: PooledChannel): Promise<void> {
    if (pooled.channel.isClosed) return
    if (this.#idle.length < MAX_IDLE) this.#idle.push(pooled)
    else await pooled.channel.close()
  }

  /** Closes the channels that nobody uses. */
  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map(({ channel }) => channel.close()))
  }
}
