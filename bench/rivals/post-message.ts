/**
 * post-message.ts: the rival everybody has: a worker, its port, one message per request, one per answer.
 *
 * Runs on: the main thread of a child process; the worker is post-message-worker.ts.
 *
 * The form below is the fastest plain one we found (Node 20, medians of five interleaved runs at 64 and
 * 1024 in flight): small arrays of numbers both ways do 514-535 thousand a second where objects do
 * 438-452, an object one way 432-482 and an Int32Array 300; an array of callbacks indexed by slot and a
 * Map keyed by id are alike (here one handler serves all, which is cheaper still), so are the worker's own
 * port and a MessageChannel. Text with commas in it,
 * packed and parsed by hand, is alike at 64 and 18 % faster at 1024; packing many requests into one message
 * is another matter altogether: see post-message-batched.ts. Objects and a Map, as most people write it, are a
 * rival of their own: post-message-object.ts.
 */
import { Worker } from 'node:worker_threads'
import type { Measurement, Scenario, ScenarioContext } from '../scenario.js'
import { ClosedLoop, MAJOR_READ, lengthOf, offsetOf } from './closed-loop.js'

/** [id, major, device, offset, length] */
export type RequestMessage = [number, number, number, number, number]
/** [id, status, information] */
export type AnswerMessage = [number, number, number]

async function run(depth: number, context: ScenarioContext): Promise<Measurement> {
  const script = new URL('./post-message-worker.js', import.meta.url)
  const workers = Array.from({ length: context.options.workers }, () => new Worker(script))
  await Promise.all(workers.map(isOnline))
  const loop = new ClosedLoop(depth, context)
  for (const worker of workers) {
    worker.on('message', ([id, status, information]: AnswerMessage) => {
      if (loop.complete(id, status, information)) issue(id & (depth - 1))
    })
  }
  const issue = (slot: number) => {
    const id = loop.issue(slot)
    const request: RequestMessage = [id, MAJOR_READ, 0, offsetOf(id), lengthOf(id)]
    workers[slot % workers.length]!.postMessage(request)
  }
  for (let slot = 0; slot < depth; slot++) issue(slot)
  const measurement = await loop.finished()
  await Promise.all(workers.map((worker) => worker.terminate()))
  return measurement
}

/** Starting up is no part of the warm-up. */
export function isOnline(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('online', resolve)
    worker.once('error', reject)
  })
}

function scenario(depth: number): Scenario {
  return {
    name: `rival/post-message/depth-${depth}`,
    unit: 'IRP/s',
    group: 'rivals: what one would use instead',
    title: `postMessage, one message per request, ${depth} in flight`,
    quick: true,
    run: (context) => run(depth, context),
  }
}

export const postMessageRivals: readonly Scenario[] = [1, 64, 1024].map(scenario)
