/**
 * Batch load: keeps a channel's batch API busy with random transfers on random routes, and cancels some.
 * Runs on: the channel's host thread.
 */
import type { Random } from '../../native-sim/random.js'
import type { Channel, ChannelBuffer, IrpFile } from '../../src/index.js'
import { drawBehaviour } from './behaviours.js'
import type { HostOrders } from './host.js'
import { HostBooks, type HostReport } from './host-books.js'
import { fillFor, offsetOf } from './presented-log.js'

const DEPTH = 128
const BYTES = 16
/** One round in so many cancels a request. */
const CANCEL_EVERY = 4
/** Rounds between two turns of the event loop. */
const ROUNDS_PER_TURN = 16

export class BatchLoad {
  readonly #channel: Channel
  readonly #files: readonly IrpFile[]
  readonly #random: Random
  readonly #orders: HostOrders
  readonly #books = new HostBooks(DEPTH)
  readonly #buffers: readonly ChannelBuffer[]
  readonly #handles = new Int32Array(DEPTH)
  readonly #isRead = new Uint8Array(DEPTH)
  readonly #free = Array.from({ length: DEPTH }, (_, place) => place)
  #number: number

  constructor(channel: Channel, files: readonly IrpFile[], random: Random, orders: HostOrders) {
    this.#channel = channel
    this.#files = files
    this.#random = random
    this.#orders = orders
    this.#number = orders.firstNumber
    this.#buffers = this.#free.map(() => channel.allocate(BYTES))
    orders.books.push(this.#books)
  }

  async run(): Promise<HostReport> {
    const channel = this.#channel
    for (let round = 0; !this.#orders.isStopping() || this.#free.length < DEPTH; round++) {
      if (!this.#orders.isStopping()) this.#fill()
      channel.submit()
      if (this.#random.nextBelow(CANCEL_EVERY) === 0) this.#cancelOne()
      if (this.#reap() === 0) await channel.waitAsync(5)
      else if (round % ROUNDS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    for (const buffer of this.#buffers) channel.free(buffer)
    return this.#books.report()
  }

  #fill(): void {
    const random = this.#random
    const { sender } = this.#orders
    for (let place = this.#free.pop(); place !== undefined; place = this.#free.pop()) {
      // Places of its own for each route: one whose worker is dead must not take them all.
      const route = place % this.#files.length
      const file = this.#files[route] as IrpFile
      const buffer = this.#buffers[place] as ChannelBuffer
      const behaviour = drawBehaviour(random)
      const offset = offsetOf({ sender, route, number: this.#number++, behaviour })
      const isRead = random.nextBelow(2) === 0
      if (!isRead) fillFor(offset, buffer.bytes)
      this.#handles[place] = isRead
        ? this.#channel.prepareRead(file, buffer, BYTES, offset, place)
        : this.#channel.prepareWrite(file, buffer, BYTES, offset, place)
      if ((this.#handles[place] as number) < 0) throw new Error('a slot is missing')
      this.#isRead[place] = isRead ? 1 : 0
      this.#books.sent(place, offset)
    }
  }

  #cancelOne(): void {
    const place = this.#random.nextBelow(DEPTH)
    if (this.#books.places[place]?.isOut !== true) return
    this.#channel.cancel(this.#handles[place] as number)
    this.#books.cancelled(place)
  }

  #reap(): number {
    const channel = this.#channel
    if (this.#random.nextBelow(2) === 0) return channel.reap(DEPTH, this.#ended)
    return channel.reapBatch(DEPTH, (batch, count) => {
      for (let i = 0; i < count; i++)
        this.#ended(batch[4 * i] as number, batch[4 * i + 1] as number)
    })
  }

  readonly #ended = (place: number, status: number): void => {
    const bytes = this.#isRead[place] === 1 ? (this.#buffers[place] as ChannelBuffer).bytes : null
    this.#books.ended(place, status, bytes)
    this.#free.push(place)
  }
}
