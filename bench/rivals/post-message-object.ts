/**
 * post-message-object.ts: postMessage as most people write it: an object per request, a Map of what waits for its
 * answer.
 *
 * Runs on: the main thread of a child process; the worker is post-message-object-worker.ts.
 *
 * Slower than post-message.ts, which is the fastest plain form we know and stays the first comparison: an engine
 * that beats only this one has beaten a habit, not the mechanism.
 */
import { Worker } from 'node:worker_threads'
import type { Measurement, Scenario, ScenarioContext } from '../scenario.js'
import { ClosedLoop, MAJOR_READ, lengthOf, offsetOf } from './closed-loop.js'
import { isOnline } from './post-message.js'

export interface RequestObject {
  readonly id: number
  readonly major: number
  readonly device: number
  readonly offset: number
  readonly length: number
}

export interface AnswerObject {
  readonly id: number
  readonly status: number
  readonly information: number
}

type Callback = (answer: AnswerObject) => void

async function run(depth: number, context: ScenarioContext): Promise<Measurement> {
  const script = new URL('./post-message-object-worker.js', import.meta.url)
  const workers = Array.from({ length: context.options.workers }, () => new Worker(script))
  await Promise.all(workers.map(isOnline))
  const loop = new ClosedLoop(depth, context)
  const pending = new Map<number, Callback>()
  let strangers = 0
  for (const worker of workers) {
    worker.on('message', (answer: AnswerObject) => {
      const callback = pending.get(answer.id)
      pending.delete(answer.id)
      if (callback === undefined) strangers++
      else callback(answer)
    })
  }
  const issue = (slot: number) => {
    const id = loop.issue(slot)
    pending.set(id, ({ status, information }) => {
      if (loop.complete(id, status, information)) issue(slot)
    })
    const request: RequestObject = {
      id,
      major: MAJOR_READ,
      device: 0,
      offset: offsetOf(id),
      length: lengthOf(id),
    }
    workers[slot % workers.length]!.postMessage(request)
  }
  for (let slot = 0; slot < depth; slot++) issue(slot)
  const measurement = await loop.finished()
  await Promise.all(workers.map((worker) => worker.terminate()))
  if (strangers === 0) return measurement
  return { ...measurement, checksumOk: false, notes: { ...measurement.notes, strangers } }
}

function scenario(depth: number): Scenario {
  return {
    name: `rival/post-message-object/depth-${depth}`,
    unit: 'IRP/s',
    group: 'rivals: what one would use instead',
    title: `postMessage, an object per request and a Map of callbacks, ${depth} in flight`,
    comparedWith: [`rival/post-message/depth-${depth}`],
    run: (context) => run(depth, context),
  }
}

export const postMessageObjectRivals: readonly Scenario[] = [1, 64, 1024].map(scenario)
