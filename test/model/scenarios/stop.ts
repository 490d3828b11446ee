/**
 * Stop scenarios: main closes the accepting flag, or asks for a control turn, while others submit and sleep.
 * Judge: what was accepted completes, what was refused is taken back, and a sleeping worker hears of control.
 */
import {
  ENGINE_ACCEPTING,
  WORKER_CONTROL,
  WORKER_DOORBELL,
  workerBlockWord,
} from '../../../src/abi/engine-layout.js'
import { STATUS_DEVICE_NOT_READY } from '../../../src/abi/ntstatus.js'
import { type Actor, actor } from '../engine/actor.js'
import { must, type Rest, type Run, type Scenario } from '../engine/scenario.js'
import { add, load as loadWord, store } from '../engine/stepping-access.js'
import {
  attachPort,
  type Host,
  keep,
  Memories,
  prepareRead,
  type Source,
  startWorker,
  type Worker,
} from '../shipped.js'
import {
  complete,
  type HostStep,
  hostActor,
  judgeHost,
  judgeWorker,
  type Load,
  sleepOnce,
  workerActor,
} from './channel-run.js'
import { EDGES, WRAP } from './edges.js'

/** Prepares and submits one read. */
function sendOne(context: number): HostStep {
  return (host) => {
    prepareRead(host, context)
    host.submitted.push(host.channel.submit())
  }
}

/** Reaps until everything accepted was told: what a host does to drain. */
function drain(step: number): HostStep {
  return (host) => {
    const { channel, told } = host
    channel.reapNow(8, keep(told))
    if (channel.inFlight === 0) return undefined
    if (!channel.hasCompletions()) sleepOnce(host)
    return step
  }
}

const cancelFirst: HostStep = ({ channel, handles }) => void channel.cancel(handles[0] as number)

/** Stores "not accepting", as `engine.stop` does first. */
function stopper(memories: Memories): Actor {
  return actor('main', () => ({}), [() => store(memories.engineWords, ENGINE_ACCEPTING, 0)])
}

function judgeRefusals(host: Rest, load: Load): void {
  const { channel, submitted, told, handles } = host.root as Host
  const { accepted } = channel.ledger()
  const isKnown = submitted.every((count) => count >= 0 || count === STATUS_DEVICE_NOT_READY)
  must('content', isKnown, `submit returned ${submitted.join(', ')}`)
  const firstRefused = submitted.findIndex((count) => count < 0)
  const late = firstRefused < 0 ? [] : submitted.slice(firstRefused)
  must(
    'order',
    late.every((count) => count < 0),
    'a request was accepted after a refusal',
  )
  must(
    'content',
    handles.every((handle) => handle >= 0),
    'a prepare was refused',
  )
  judgeHost(host, accepted, load)
  must(
    'content',
    told.every(({ context }) => context < accepted),
    'a refused request was told',
  )
}

function stopRun(source: Source, start: number, steps: readonly HostStep[], cancels: boolean): Run {
  const memories = new Memories(source, { slots: 2, start })
  return {
    regions: memories.regions,
    actors: [
      hostActor(source, memories, steps, { start }),
      workerActor(source, memories),
      stopper(memories),
    ],
    judge(rests, load) {
      const [host, worker] = rests as [Rest, Rest]
      judgeWorker(worker, load)
      judgeRefusals(host, load)
      // A cancel publishes what is staged; without one, submit has told of everything accepted.
      const { channel, submitted } = host.root as Host
      const told = submitted.reduce((sum, count) => sum + Math.max(0, count), 0)
      const { accepted } = channel.ledger()
      must('content', cancels || told === accepted, `submit told of ${told}, accepted ${accepted}`)
    },
  }
}

interface Controlled extends Worker {
  controlSeen: number
}

/** A worker that looks at its control word as the worker loop does, and ends once it has seen a change. */
function controlledWorker(source: Source, memories: Memories): Actor {
  const word = workerBlockWord(0) + WORKER_CONTROL
  const attach = (): Controlled => {
    const self = startWorker(source, memories, { limits: [1], handler: complete })
    attachPort(source, self, memories.channel(0))
    return { ...self, controlSeen: 0 }
  }
  return actor('worker', attach, [
    (self: Controlled) => {
      const isDue = (): boolean => loadWord(memories.engineWords, word) !== self.controlSeen
      if (self.turn.poll(128) !== 0) return 0
      if (isDue()) return undefined
      self.sleeper.park(50, () => self.turn.hasWork() || isDue())
      return 0
    },
  ])
}

/** A control call: the word, then the bell, whatever the sleeper's state says. */
function controller(source: Source, memories: Memories): Actor {
  const block = workerBlockWord(0)
  return actor(
    'main',
    () => ({ bell: new source.Ringer(memories.engineWords, block + WORKER_DOORBELL) }),
    [
      ({ bell }) => {
        add(memories.engineWords, block + WORKER_CONTROL, 1)
        bell.ringSleeper()
      },
    ],
  )
}

function controlRun(source: Source, start: number): Run {
  const memories = new Memories(source, { slots: 2, start })
  return {
    regions: memories.regions,
    actors: [
      hostActor(source, memories, [sendOne(0), sendOne(1)], { start }),
      controlledWorker(source, memories),
      controller(source, memories),
    ],
    judge(rests) {
      must(
        'lost wake-up',
        rests[1]?.status === 'finished',
        'the worker sleeps beside a control call',
      )
    },
  }
}

const CANCELLING: readonly HostStep[] = [
  sendOne(0),
  (host) => prepareRead(host, 1),
  cancelFirst,
  (host) => void host.submitted.push(host.channel.submit()),
  drain(4),
]

export const stopScenarios: readonly Scenario<Source>[] = [
  {
    name: 'stop and drain while a host submits',
    starts: EDGES,
    pushStarts: WRAP,
    begin: (source, start) => stopRun(source, start, [sendOne(0), sendOne(1), drain(2)], false),
  },
  {
    name: 'stop while a host cancels',
    starts: EDGES,
    pushStarts: WRAP,
    begin: (source, start) => stopRun(source, start, CANCELLING, true),
  },
  { name: 'control call to a sleeping worker', starts: EDGES, begin: controlRun },
]
