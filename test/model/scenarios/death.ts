/**
 * Death scenarios: the worker dies before any of its accesses; main hears of it, tells the hosts and starts a
 * successor; hosts sweep. All four are actors, so the sweep meets every moment of every other.
 * Judge: each request told once; none served twice; who was told "worker died" may have been served, who was
 * told success was; the rest went to the successor in order; the successor was let in.
 */
import { CHANNEL_ATTENTION } from '../../../src/abi/channel-layout.js'
import { type Actor, actor } from '../engine/actor.js'
import { must, type Rest, type Run, type Scenario } from '../engine/scenario.js'
import { add, awaitWord, store } from '../engine/stepping-access.js'
import type { ChannelMemory } from '../../../src/irp/channel-memory.js'
import {
  attachPort,
  type Handler,
  Memories,
  type Source,
  startWorker,
  type Worker,
} from '../shipped.js'
import {
  CANCELLED,
  DIED,
  type HostStep,
  hostActor,
  judgeHost,
  judgeOrder,
  judgeWorker,
  liveOn,
  NOT_CONNECTED,
  reapAll,
  sendReads,
  statusesOf,
  workerActor,
  workOrSleep,
} from './channel-run.js'
import { EDGES, SEQUENCE_EDGES, WRAP } from './edges.js'

/** Words of `notes`: 0-15 who has ended, then incarnations started, then how often each request was served. */
const STARTED = 16
const SERVED = 32

interface Shape {
  readonly slots: number
  /** Requests of each host. */
  readonly total: number
  readonly hosts?: number
  readonly steps: readonly HostStep[]
  readonly cancelled?: readonly number[]
  /** No successor: main gives the worker up. */
  readonly givesUp?: boolean
  readonly holds?: boolean
  /** Its successor may die, too, and has a successor. */
  readonly diesTwice?: boolean
}

interface Successor {
  worker: Worker | undefined
}

interface Main {
  readonly set: InstanceType<Source['WorkerSet']>
  readonly bells: InstanceType<Source['Ringer']>[]
}

/** Counts the effect where it outlives the worker, then completes. */
function effect(memories: Memories, holds: boolean): Handler {
  return (worker, request) => {
    const context = request.deviceOffset
    const place = SERVED + (request.port.memory.id - 1) * 16 + context
    add(memories.notes, place, 1)
    worker.served.push(context)
    if (holds) worker.held.push(request)
    else request.completeWithInformation(0, context)
  }
}

/** Does with a death what the engine does: marks it, tells the hosts, lets a successor start. */
function handleDeath(memories: Memories, { set, bells }: Main, givesUp: boolean): void {
  const tellHosts = (): void => {
    for (const [i, { words }] of memories.channels.entries()) {
      add(words, CHANNEL_ATTENTION, 1)
      bells[i]?.ringSleeper()
    }
  }
  set.markDead(0, () => {
    if (givesUp) set.giveUp(0)
    tellHosts()
  })
}

/** The scenarios give a worker up themselves. */
const RESTART = { maxDeaths: 8, windowMs: 10_000, backoffMs: 0, startTimeoutMs: Infinity }

/** Waits for the ends of those actors, one after the other. */
function mainActor(
  source: Source,
  memories: Memories,
  mortals: readonly number[],
  givesUp: boolean,
): Actor {
  const attach = (): Main => ({
    set: new source.WorkerSet(undefined as never, memories.engineWords, 1, RESTART),
    bells: memories.channels.map((memory) => new source.Ringer(memory.words, memory.doorbell())),
  })
  const steps = mortals.flatMap((mortal, i) => [
    () => void awaitWord(memories.notes, mortal, (ended) => ended !== 0),
    (self: Main) => handleDeath(memories, self, givesUp),
    () => {
      if (!givesUp) store(memories.notes, STARTED, i + 2)
    },
  ])
  return actor('main', attach, steps)
}

const unborn = (): Successor => ({ worker: undefined })

/** A later thread of the worker: takes part in each channel as soon as its host lets it in. */
function successorActor(
  source: Source,
  memories: Memories,
  handler: Handler,
  own: number,
  isMortal: boolean,
): Actor {
  const join = (memory: ChannelMemory) => (self: Successor) => {
    if (self.worker === undefined) return
    awaitWord(memory.words, memory.incarnationWord(0), (incarnation) => incarnation === own)
    attachPort(source, self.worker, memory)
  }
  const turn = 1 + memories.channels.length
  return actor(
    `successor ${own - 1}`,
    unborn,
    [
      (self: Successor) => {
        awaitWord(memories.notes, STARTED, (incarnation) => incarnation === own)
        self.worker = startWorker(source, memories, { limits: [1], handler })
      },
      ...memories.channels.map(join),
      (self: Successor) => {
        if (self.worker !== undefined) workOrSleep(self.worker)
        return turn
      },
    ],
    isMortal ? ({ worker }) => worker?.served : undefined,
  )
}

function judgeDeath(
  host: Rest,
  isDead: boolean,
  shape: Shape,
  timesServed: (context: number) => number,
): void {
  for (const [context, status] of statusesOf(host).entries()) {
    const times = timesServed(context)
    const what = `request ${context}, served ${times} times, ended with ${status}`
    must('duplicate', times <= 1, what)
    if (status === 0) must('content', times === 1, what)
    else if (status === CANCELLED) {
      must('content', times === 0 && shape.cancelled?.includes(context) === true, what)
    } else if (status === NOT_CONNECTED) {
      must('content', isDead && shape.givesUp === true && times === 0, what)
    } else must('content', status === DIED && isDead, what)
  }
}

function deathRun(source: Source, start: number, shape: Shape): Run {
  const { slots, total, hosts = 1, steps, givesUp = false, holds = false } = shape
  const { diesTwice = false } = shape
  const memories = new Memories(source, { slots, hosts, start })
  const handler = effect(memories, holds)
  const hostActors = Array.from({ length: hosts }, (_, index) =>
    hostActor(source, memories, steps, { index, start }),
  )
  const mortals = diesTwice ? [hosts, hosts + 2] : [hosts]
  const successors = (givesUp ? [] : mortals).map((_, i) =>
    successorActor(source, memories, handler, i + 2, i + 1 < mortals.length),
  )
  return {
    regions: memories.regions,
    actors: [
      ...hostActors,
      workerActor(source, memories, { handler, isMortal: true }),
      mainActor(source, memories, mortals, givesUp),
      ...successors,
    ],
    ended: memories.notes,
    judge(rests, load) {
      const [worker, , ...later] = rests.slice(hosts) as [Rest, Rest, ...Rest[]]
      const isDead = worker.status === 'dead'
      for (const [index, host] of rests.slice(0, hosts).entries()) {
        judgeHost(host, total, load)
        const base = SERVED + index * 16
        judgeDeath(host, isDead, shape, (context) => load(memories.notes, base + context))
      }
      judgeWorker(worker, load)
      const served = [...(worker.root as Worker).served]
      for (const { status, root } of later) {
        const next = (root as Successor).worker
        if (next === undefined) continue
        const isIn = status === 'dead' || next.ports.length === hosts
        must('stuck', isIn, 'a successor was not let in')
        judgeWorker({ status, root: next }, load)
        served.push(...next.served)
      }
      if (hosts === 1) judgeOrder(served)
    },
  }
}

function death(
  name: string,
  shape: Shape,
  tier: Pick<Scenario<Source>, 'starts' | 'pushStarts'> = { starts: EDGES, pushStarts: WRAP },
): Scenario<Source> {
  const deaths = shape.diesTwice === true ? 2 : 1
  return { name, deaths, ...tier, begin: (source, start) => deathRun(source, start, shape) }
}

const cancelLast: HostStep = ({ channel, handles }) =>
  void channel.cancel(handles[handles.length - 1] as number)

export const deathScenarios: readonly Scenario<Source>[] = [
  death('death, one request', {
    slots: 1,
    total: 1,
    steps: [sendReads(0, 1), reapAll(1, 1), liveOn(2)],
  }),
  death(
    'death, a batch',
    { slots: 2, total: 2, steps: [sendReads(0, 2), reapAll(2, 1), liveOn(2)] },
    { starts: SEQUENCE_EDGES, pushStarts: [2 ** 30 - 1] },
  ),
  death(
    'death, one after the other',
    {
      slots: 2,
      total: 2,
      steps: [sendReads(0, 1), sendReads(1, 1), reapAll(2, 2), liveOn(3)],
    },
    { starts: WRAP, pushStarts: [] },
  ),
  death(
    'death, requests held',
    {
      slots: 2,
      total: 2,
      holds: true,
      steps: [sendReads(0, 2), reapAll(2, 1), liveOn(2)],
    },
    { starts: WRAP, pushStarts: [] },
  ),
  death(
    'death and cancel',
    {
      slots: 2,
      total: 2,
      cancelled: [1],
      steps: [sendReads(0, 2), cancelLast, reapAll(2, 2), liveOn(3)],
    },
    { starts: EDGES, pushStarts: WRAP },
  ),
  death(
    'two deaths, one request',
    {
      slots: 1,
      total: 1,
      diesTwice: true,
      steps: [sendReads(0, 1), reapAll(1, 1), liveOn(2)],
    },
    { starts: WRAP, pushStarts: [] },
  ),
  death('death without a successor', {
    slots: 2,
    total: 2,
    givesUp: true,
    steps: [sendReads(0, 2), reapAll(2, 1), liveOn(2)],
  }),
  death(
    'death, two hosts, no successor',
    {
      slots: 1,
      total: 1,
      hosts: 2,
      givesUp: true,
      steps: [sendReads(0, 1), reapAll(1, 1)],
    },
    { starts: WRAP, pushStarts: [] },
  ),
]
