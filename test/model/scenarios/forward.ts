/**
 * Forward scenarios: a handler sends a request on to another queue of its worker; manual queues.
 * Judge: as for channels, and no request is presented twice by one queue.
 */
import { must, type Rest, type Run, type Scenario } from '../engine/scenario.js'
import { type Handler, Memories, type Source, type Worker } from '../shipped.js'
import {
  CANCELLED,
  type HostStep,
  hostActor,
  judgeHost,
  judgeWorker,
  reapAll,
  sendReads,
  statusesOf,
  workerActor,
} from './channel-run.js'
import { EDGES } from './edges.js'

/** First seen in the first queue, which sends it on; then held in the second. */
const forward: Handler = (worker, request) => {
  const [first, second] = worker.queues
  worker.served.push(request.deviceOffset)
  if (request.gate === first && second !== undefined) worker.turn.redirect(request, second)
  else worker.held.push(request)
}

const cancelSecond: HostStep = ({ channel, handles }) => void channel.cancel(handles[1] as number)

interface Shape {
  readonly total: number
  readonly limits: readonly number[]
  readonly steps: readonly HostStep[]
  readonly isManual?: boolean
  readonly cancelled: readonly number[]
}

function forwardRun(source: Source, start: number, shape: Shape): Run {
  const { total, limits, steps, isManual = false, cancelled } = shape
  const memories = new Memories(source, { slots: 2, start })
  const options = { limits, handler: forward, isManual }
  return {
    regions: memories.regions,
    actors: [hostActor(source, memories, steps, { start }), workerActor(source, memories, options)],
    judge(rests, load) {
      const [host, worker] = rests as [Rest, Rest]
      judgeWorker(worker, load)
      judgeHost(host, total, load)
      const { served } = worker.root as Worker
      for (const [context, status] of statusesOf(host).entries()) {
        const times = served.filter((offset) => offset === context).length
        const what = `request ${context}, seen ${times} times, ended with ${status}`
        const most = isManual ? 1 : 2
        must('duplicate', times <= most, what)
        if (status === CANCELLED) must('content', cancelled.includes(context) && times < most, what)
        else must('content', status === 0 && times === most, what)
      }
    },
  }
}

function forwarding(name: string, shape: Shape): Scenario<Source> {
  return { name, starts: EDGES, begin: (source, start) => forwardRun(source, start, shape) }
}

export const forwardScenarios: readonly Scenario<Source>[] = [
  forwarding('forward to another queue', {
    total: 2,
    limits: [1, 1],
    cancelled: [],
    steps: [sendReads(0, 2), reapAll(2, 1)],
  }),
  forwarding('forward to another queue, cancel', {
    total: 2,
    limits: [1, 1],
    cancelled: [1],
    steps: [sendReads(0, 2), cancelSecond, reapAll(2, 2)],
  }),
  forwarding('manual queue, cancel', {
    total: 2,
    limits: [0],
    cancelled: [1],
    isManual: true,
    steps: [sendReads(0, 2), cancelSecond, reapAll(2, 2)],
  }),
]
