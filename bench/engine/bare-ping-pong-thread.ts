/**
 * bare-ping-pong-thread.ts: gives each number back as it comes.
 *
 * Runs on: a worker thread.
 */
import { parentPort, workerData } from 'node:worker_threads'

export interface BareJob {
  readonly words: Int32Array
  readonly how: 'spin' | 'wait'
}

/** Words, on line pairs of their own: main writes PING, the thread PONG. */
export const PING = 0
export const PONG = 32
/** Ends the thread. */
export const STOP_NUMBER = -1

function bareSpinRun(words: Int32Array): void {
  let last = 0
  for (;;) {
    const ping = Atomics.load(words, PING)
    if (ping === last) continue
    if (ping === STOP_NUMBER) return
    last = ping
    Atomics.store(words, PONG, ping)
  }
}

function bareWaitRun(words: Int32Array): void {
  let last = 0
  for (;;) {
    Atomics.wait(words, PING, last)
    const ping = Atomics.load(words, PING)
    if (ping === STOP_NUMBER) return
    if (ping === last) continue
    last = ping
    Atomics.store(words, PONG, ping)
    Atomics.notify(words, PONG)
  }
}

if (parentPort !== null) {
  const { words, how }: BareJob = workerData
  parentPort.postMessage('ready')
  if (how === 'spin') bareSpinRun(words)
  else bareWaitRun(words)
}
