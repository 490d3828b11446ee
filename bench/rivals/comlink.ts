/**
 * comlink.ts: the rival of convenience: a remote call per request.
 *
 * Runs on: the main thread of a child process; the callee is comlink-worker.ts.
 */
import { Worker } from 'node:worker_threads'
import type { Measurement, Scenario, ScenarioContext } from '../scenario.js'
import { ClosedLoop, MAJOR_READ, lengthOf, offsetOf } from './closed-loop.js'
import type { RemoteDevice } from './comlink-worker.js'

async function run(depth: number, context: ScenarioContext): Promise<Measurement> {
  const { wrap } = await import('comlink')
  const { default: nodeEndpoint } = await import('comlink/dist/esm/node-adapter.mjs')
  const script = new URL('./comlink-worker.js', import.meta.url)
  const workers = Array.from({ length: context.options.workers }, () => new Worker(script))
  const devices = workers.map((worker) => wrap<RemoteDevice>(nodeEndpoint(worker)))
  // One call to each worker first: starting up is no part of the warm-up.
  await Promise.all(devices.map((device) => device.dispatch(MAJOR_READ, 0, 0, 0)))
  const loop = new ClosedLoop(depth, context)
  const client = async (slot: number) => {
    const remote = devices[slot % devices.length]!
    let more = true
    while (more) {
      const id = loop.issue(slot)
      const answer = await remote.dispatch(MAJOR_READ, 0, offsetOf(id), lengthOf(id))
      more = loop.complete(id, answer.status, answer.information)
    }
  }
  const clients = Promise.all(Array.from({ length: depth }, (_, slot) => client(slot)))
  const [measurement] = await Promise.all([loop.finished(), clients])
  await Promise.all(workers.map((worker) => worker.terminate()))
  return measurement
}

export const comlinkRivals: readonly Scenario[] = [
  {
    name: 'rival/comlink/depth-64',
    unit: 'IRP/s',
    group: 'rivals: what one would use instead',
    title: 'Comlink, one remote call per request, 64 in flight',
    comparedWith: ['rival/post-message/depth-64'],
    run: (context) => run(64, context),
  },
]
