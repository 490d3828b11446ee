/**
 * ping-pong-thread.ts: sends each number back through the other ring.
 *
 * Runs on: a worker thread.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { SpscConsumer, SpscProducer } from '../../src/sharedarraybuffer-queue/index.js'

interface RingPlace {
  readonly buffer: SharedArrayBuffer
  readonly base: number
}

export interface PingPongJob {
  readonly pings: RingPlace
  readonly pongs: RingPlace
}

/** Ends the thread. */
export const STOP_NUMBER = -1

function pingPongRun({ pings, pongs }: PingPongJob): void {
  const receiver = new SpscConsumer(new Int32Array(pings.buffer), pings.base)
  const sender = new SpscProducer(new Int32Array(pongs.buffer), pongs.base)
  for (;;) {
    if (receiver.available(1) === 0) continue
    const number = receiver.take()
    receiver.release()
    if (number === STOP_NUMBER) return
    sender.stage(number)
    sender.publish()
  }
}

if (parentPort !== null) {
  parentPort.postMessage('ready')
  pingPongRun(workerData)
}
