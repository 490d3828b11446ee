/**
 * Host: one thread's load in a chaos run: a batch part and a promise part on a channel each, over all routes,
 * with cancels, time-outs and signals. Runs on: main, and on threads of its own.
 */
import type { Random } from '../../native-sim/random.js'
import { addLedgers, type Channel, type IrpFile, type Ledger } from '../../src/index.js'
import { BatchLoad } from './batch-load.js'
import type { HostBooks, HostReport } from './host-books.js'
import { promiseLoad } from './promise-load.js'

/** What `isStopping` asks of a host: to send no more. */
export interface HostOrders {
  readonly sender: number
  /** Of its requests: where those of the sender before it, which was killed, cannot have come to. */
  readonly firstNumber: number
  readonly routes: readonly string[]
  readonly isStopping: () => boolean
  /** Where each load leaves its books, for a look at what hangs. */
  readonly books: HostBooks[]
}

export interface HostResult {
  readonly reports: readonly HostReport[]
  readonly ledger: Ledger
  /** Bytes of buffers that did not come back, slots that stayed taken. */
  readonly stuck: number
  readonly rescues: number
}

/** Sends until it is told to stop, waits for every end, and looks for what did not come back. */
export async function host(
  batch: Channel,
  promises: Channel,
  random: Random,
  orders: HostOrders,
): Promise<HostResult> {
  const batchFiles = await openAll(batch, orders.routes)
  const promiseFiles = await openAll(promises, orders.routes)
  const load = new BatchLoad(batch, batchFiles, random, orders)
  const reports = await Promise.all([
    load.run(),
    promiseLoad(promises, promiseFiles, random, { ...orders, sender: orders.sender + 1 }),
  ])
  const channels = [batch, promises]
  await Promise.all(channels.map((channel) => channel.closeFiles()))
  return {
    reports,
    ledger: addLedgers(channels.map((channel) => channel.ledger())),
    stuck: channels.reduce((sum, channel) => sum + stuckIn(channel), 0),
    rescues: channels.reduce((sum, channel) => sum + channel.sleeper.rescues, 0),
  }
}

function openAll(channel: Channel, routes: readonly string[]): Promise<IrpFile[]> {
  return Promise.all(routes.map((name) => openAcrossDeaths(channel, name)))
}

/** An open that dies with its worker is tried again. */
async function openAcrossDeaths(channel: Channel, name: string): Promise<IrpFile> {
  for (;;) {
    try {
      return await channel.open(name)
    } catch (error) {
      if ((error as { code?: string }).code !== 'STATUS_DRIVER_PROCESS_TERMINATED') throw error
    }
  }
}

function stuckIn(channel: Channel): number {
  const { slotCount, freeCount } = channel.slots
  const { bufferBytes } = channel.memory.geometry
  // One block of everything is there only when every other has come back.
  const whole = channel.takeBlock(bufferBytes)
  return slotCount - freeCount + (whole < 0 ? 1 : 0)
}
