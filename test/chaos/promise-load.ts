/**
 * Promise load: keeps a channel's promise API busy with random transfers on random routes, some with a
 * time-out or a signal, some in buffers of the channel. Runs on: the channel's host thread.
 */
import type { Random } from '../../native-sim/random.js'
import type { Channel, IrpFile, RequestOptions } from '../../src/index.js'
import { drawBehaviour } from './behaviours.js'
import type { HostOrders } from './host.js'
import { HostBooks, type HostReport } from './host-books.js'
import { fillFor, offsetOf } from './presented-log.js'

const LANES = 32
const BYTES = 16
/** One request in so many has a time-out, and one in so many a signal. */
const WATCHED_EVERY = 16
const LONGEST_MS = 5

export async function promiseLoad(
  channel: Channel,
  files: readonly IrpFile[],
  random: Random,
  { sender, firstNumber, isStopping, books: allBooks }: HostOrders,
): Promise<HostReport> {
  const books = new HostBooks(LANES)
  allBooks.push(books)
  let number = firstNumber
  /** Options of a call, and whether they may cancel it. */
  const draw = (): [options: RequestOptions, mayEnd: boolean] => {
    switch (random.nextBelow(WATCHED_EVERY)) {
      case 0:
        return [{ timeoutMs: 1 + random.nextBelow(LONGEST_MS) }, true]
      case 1: {
        const abort = new AbortController()
        setTimeout(() => abort.abort(), random.nextBelow(LONGEST_MS))
        return [{ signal: abort.signal }, true]
      }
      default:
        return [{}, false]
    }
  }
  const lane = async (place: number): Promise<void> => {
    const route = place % files.length
    const file = files[route] as IrpFile
    const own = new Uint8Array(BYTES)
    const shared = channel.allocate(BYTES)
    while (!isStopping()) {
      const offset = offsetOf({ sender, route, number: number++, behaviour: drawBehaviour(random) })
      const bytes = random.nextBelow(2) === 0 ? own : shared.bytes
      const isRead = random.nextBelow(2) === 0
      const [options, mayEnd] = draw()
      if (!isRead) fillFor(offset, bytes)
      books.sent(place, offset)
      if (mayEnd) books.cancelled(place)
      const soft = { ...options, offset, rejectOnFailure: false }
      const { status } = isRead ? await file.read(bytes, soft) : await file.write(bytes, soft)
      books.ended(place, status, isRead ? bytes : null)
    }
    channel.free(shared)
  }
  await Promise.all(Array.from({ length: LANES }, (_, place) => lane(place)))
  return books.report()
}
