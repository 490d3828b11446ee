/**
 * Channel scenarios: requests from hosts to workers and back, without deaths and cancels.
 * Judge: each told once, with its own result; queues present in order; slots come back; nobody sleeps beside work.
 */
import type { Run, Scenario } from '../engine/scenario.js'
import { keep, Memories, prepareRead, prepareWrite, type Source, type Worker } from '../shipped.js'
import {
  complete,
  hold,
  type HostStep,
  hostActor,
  judgeHost,
  judgeOrder,
  judgeWorker,
  reapAll,
  sendReads,
  sleepOnce,
  workerActor,
  type WorkerOptions,
} from './channel-run.js'
import { EDGES, WRAP } from './edges.js'

interface Shape extends WorkerOptions {
  readonly slots: number
  /** Requests of each host, in all. */
  readonly total: number
  readonly hosts?: number
  readonly workers?: number
  readonly route?: number
  readonly steps: readonly HostStep[]
  /** The queue has one thread and one producer, so requests are served in order. */
  readonly isOrdered?: boolean
}

function channelRun(source: Source, start: number, shape: Shape): Run {
  const { slots, total, hosts = 1, workers = 1, route = 0, steps, isOrdered = true } = shape
  const memories = new Memories(source, { slots, hosts, workers, start })
  const hostActors = Array.from({ length: hosts }, (_, index) =>
    hostActor(source, memories, steps, { index, start, route }),
  )
  const workerActors = Array.from({ length: workers }, (_, worker) =>
    workerActor(source, memories, { ...shape, worker }),
  )
  return {
    regions: memories.regions,
    actors: [...hostActors, ...workerActors],
    judge(rests, load) {
      for (const worker of rests.slice(hosts)) {
        judgeWorker(worker, load)
        if (isOrdered) judgeOrder((worker.root as Worker).served)
      }
      for (const host of rests.slice(0, hosts)) judgeHost(host, total, load)
    },
  }
}

function channel(
  name: string,
  shape: Shape,
  tier: Pick<Scenario<Source>, 'pushStarts'> = {},
): Scenario<Source> {
  return {
    name,
    starts: EDGES,
    ...tier,
    begin: (source, start) => channelRun(source, start, shape),
  }
}

/** Sends one read after the other, as slots become free, and reaps meanwhile. */
function sendAndReap(total: number): HostStep {
  return (host) => {
    const { handles, channel: requests, told } = host
    while (handles.length < total && requests.slots.freeCount > 0) prepareRead(host, handles.length)
    requests.submit()
    requests.reapNow(total, keep(told))
    if (told.length === total) return undefined
    const canSend = handles.length < total && requests.slots.freeCount > 0
    if (!canSend && !requests.hasCompletions()) sleepOnce(host)
    return 0
  }
}

/** Two reads and two writes, each kind to a queue of its own. */
const sendBoth: HostStep = (host) => {
  prepareRead(host, 0)
  prepareWrite(host, 1)
  prepareRead(host, 2)
  prepareWrite(host, 3)
  host.channel.submit()
}

export const channelScenarios: readonly Scenario<Source>[] = [
  channel('channel, one slot used again', { slots: 1, total: 3, steps: [sendAndReap(3)] }),
  channel('channel, a batch', { slots: 4, total: 3, steps: [sendReads(0, 3), reapAll(3, 1)] }),
  channel('channel, one after the other', {
    slots: 4,
    total: 3,
    steps: [sendReads(0, 1), sendReads(1, 2), reapAll(3, 2)],
  }),
  channel(
    'sequential queue, completed later',
    {
      slots: 2,
      total: 3,
      handler: hold,
      steps: [sendAndReap(3)],
    },
    { pushStarts: WRAP },
  ),
  channel(
    'sequential queue, a late newcomer',
    {
      slots: 4,
      total: 3,
      handler: hold,
      steps: [sendReads(0, 2), sendReads(2, 1), reapAll(3, 2)],
    },
    { pushStarts: WRAP },
  ),
  channel(
    'parallel queue, completed later',
    {
      slots: 2,
      total: 3,
      limits: [2],
      handler: hold,
      steps: [sendAndReap(3)],
    },
    { pushStarts: WRAP },
  ),
  channel(
    'two queues',
    {
      slots: 4,
      total: 4,
      limits: [1, 2],
      handler: hold,
      isOrdered: false,
      steps: [sendBoth, reapAll(4, 1)],
    },
    { pushStarts: WRAP },
  ),
  channel(
    'two hosts, one worker',
    {
      slots: 1,
      total: 1,
      hosts: 2,
      isOrdered: false,
      steps: [sendReads(0, 1), reapAll(1, 1)],
    },
    { pushStarts: WRAP },
  ),
  channel(
    'one host, two workers',
    {
      slots: 2,
      total: 2,
      workers: 2,
      route: -1,
      handler: complete,
      steps: [sendReads(0, 2), reapAll(2, 1)],
    },
    { pushStarts: [] },
  ),
]
