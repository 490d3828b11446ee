/**
 * post-message-batched.ts: the rival of a careful engineer: many requests packed by hand into one message.
 *
 * Runs on: the main thread of a child process; the worker is post-message-batched-worker.ts.
 *
 * One Int32Array carries BATCH requests, another all of their answers. That spreads the price of a message
 * over the batch, and gives up what makes a request one: none is answered before the slowest of its batch,
 * none can overtake, be cancelled or time out alone. The batch of 256 is the fastest at 1024 in flight; 64
 * is about a third of it.
 */
import { Worker } from 'node:worker_threads'
import type { Measurement, Scenario, ScenarioContext } from '../scenario.js'
import { ClosedLoop, MAJOR_READ, lengthOf, offsetOf } from './closed-loop.js'
import { isOnline } from './post-message.js'

/** Words of a request: id, major, device, offset, length. */
export const REQUEST_WORDS = 5
/** Words of an answer: id, status, information. */
export const ANSWER_WORDS = 3

const DEPTH = 1024
const BATCH = 256

async function run(context: ScenarioContext): Promise<Measurement> {
  const script = new URL('./post-message-batched-worker.js', import.meta.url)
  const workers = Array.from({ length: context.options.workers }, () => new Worker(script))
  await Promise.all(workers.map(isOnline))
  const loop = new ClosedLoop(DEPTH, context)
  const issue = (worker: Worker, firstSlot: number) => {
    const requests = new Int32Array(BATCH * REQUEST_WORDS)
    for (let index = 0; index < BATCH; index++) {
      const id = loop.issue(firstSlot + index)
      const word = index * REQUEST_WORDS
      requests[word] = id
      requests[word + 1] = MAJOR_READ
      requests[word + 3] = offsetOf(id)
      requests[word + 4] = lengthOf(id)
    }
    worker.postMessage(requests)
  }
  for (const worker of workers) {
    worker.on('message', (answers: Int32Array) => {
      let more = true
      for (let word = 0; word < answers.length; word += ANSWER_WORDS) {
        more = loop.complete(answers[word]!, answers[word + 1]!, answers[word + 2]!) && more
      }
      if (more) issue(worker, answers[0]! & (DEPTH - 1))
    })
  }
  for (let slot = 0; slot < DEPTH; slot += BATCH) {
    issue(workers[(slot / BATCH) % workers.length]!, slot)
  }
  const measurement = await loop.finished({ batch: BATCH })
  await Promise.all(workers.map((worker) => worker.terminate()))
  return measurement
}

export const postMessageBatchedRivals: readonly Scenario[] = [
  {
    name: `rival/post-message-batched-${BATCH}/depth-${DEPTH}`,
    unit: 'IRP/s',
    group: 'rivals: what one would use instead',
    title: `postMessage, ${BATCH} requests packed by hand into a message, ${DEPTH} in flight`,
    quick: true,
    comparedWith: [`rival/post-message/depth-${DEPTH}`],
    run,
  },
]
