/**
 * Host thread: a host of a chaos run on a thread of its own; tells main how it ended. Runs on: that thread.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { Random } from '../../native-sim/random.js'
import { attachChannel, type ChannelDescriptor } from '../../src/index.js'
import { host } from './host.js'

export interface HostThreadData {
  readonly channels: readonly [ChannelDescriptor, ChannelDescriptor]
  readonly seed: number
  readonly sender: number
  readonly firstNumber: number
  readonly routes: readonly string[]
  /** Shared word: other than 0 when the run stops. */
  readonly stop: SharedArrayBuffer
}

const { channels, seed, sender, firstNumber, routes, stop } = workerData as HostThreadData
const [batch, promises] = [attachChannel(channels[0]), attachChannel(channels[1])]
const stopWord = new Int32Array(stop)
const isStopping = (): boolean => Atomics.load(stopWord, 0) !== 0
const result = await host(batch, promises, new Random(seed), {
  sender,
  firstNumber,
  routes,
  isStopping,
  books: [],
})
await Promise.all([batch.close(), promises.close()])
parentPort?.postMessage(result)
