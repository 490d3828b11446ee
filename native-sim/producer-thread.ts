// The producer's thread: a host of its own beside main, with a channel that main opened for it. It plays the
// hardware's side: raises requests at its own pace, whatever the engine does.
// Runs on: a worker thread that InterruptProducer starts. Its loop is synchronous: this thread's event loop turns
// only while the device is opened and closed.

import { parentPort, workerData } from 'node:worker_threads'
import { attachChannel, type Channel, type IrpFile } from '../src/index.js'
import { createArrivals } from './producer-arrival.js'
import { ProducerLoop } from './producer-loop.js'
import { describeError, type ProducerJob, type ProducerMessage } from './producer-messages.js'
import { createRequestSource } from './producer-options.js'
import type { ProducerEnd, ProducerReport } from './producer-report.js'
import { RequestSchedule } from './request-schedule.js'
import { RequestVerifier } from './request-verifier.js'

/** How long closing the device may take: its driver may be stuck, or the engine gone. */
const CLOSE_MS = 2000

const job: ProducerJob = workerData
const { plan, stopWords } = job

async function interruptProducerThread(): Promise<void> {
  const channel = attachChannel(job.channel)
  try {
    const file = await channel.open(plan.device)
    const loop = createLoop(channel, file)
    tell({ kind: 'started' })
    const endedBy = loop.interruptProducerRun()
    await closeInTime(channel)
    tell({ kind: 'finished', report: reportOf(endedBy, loop, channel) })
  } catch (error) {
    await closeInTime(channel)
    tell({ kind: 'failed', error: describeError(error) })
  }
}

function createLoop(channel: Channel, file: IrpFile): ProducerLoop {
  const buffers = Array.from({ length: plan.depth }, () => channel.allocate(plan.largestBytes))
  const verifier = plan.verify
    ? new RequestVerifier(
        plan.seed,
        plan.isBlank,
        buffers.map((buffer) => buffer.bytes),
      )
    : null
  const arrivals = createArrivals(plan.arrival, plan.seed)
  const schedule = new RequestSchedule(createRequestSource(plan), arrivals, plan.requests)
  return new ProducerLoop({
    channel,
    file,
    buffers,
    schedule,
    verifier,
    durationMs: plan.durationMs,
    stopWords,
    clock: interruptProducerClock,
  })
}

function interruptProducerClock(): number {
  return performance.now() * 1e6
}

async function closeInTime(channel: Channel): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_MS)
  })
  await Promise.race([channel.close().catch(() => {}), tooLate])
  clearTimeout(timer)
}

function reportOf(endedBy: ProducerEnd, loop: ProducerLoop, channel: Channel): ProducerReport {
  const { device } = plan
  const { refusals } = loop.schedule
  return { device, endedBy, ...loop.books.summary(), refusals, ledger: channel.ledger() }
}

function tell(message: ProducerMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(message)
}

// A close that was too late may still hold a timer or a wait: the thread ends all the same.
void interruptProducerThread().then(() => setImmediate(() => process.exit(0)))
