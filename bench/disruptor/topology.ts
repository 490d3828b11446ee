/**
 * topology.ts: the Disruptor's topologies, by its names, over our SPSC rings: a ring an arc, a thread a stage.
 *
 * Runs on: the main thread of a child process, which is one of the stages; the others are stage-thread.ts.
 *
 * Shapes, ring sizes and batch of ten are those of its perftest; the figure is events through the whole of it.
 * Its figures are of machines with a core for each thread. Where there are fewer, the title says
 * "oversubscribed", and the figure says more about the scheduler than about rings.
 */
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import {
  Arena,
  DOORBELL_WORDS,
  initializeRing,
  ringWords,
} from '../../src/sharedarraybuffer-queue/index.js'
import { runTimed } from '../engine/timed-run.js'
import { MeasurementWindow } from '../measurement-window.js'
import type { Measurement, Scenario, ScenarioContext, Skipped } from '../scenario.js'
import { type Arc, StageRunner, type TopologyJob, topologyWords } from './stage-runner.js'
import type { StageAnswer, StageJob } from './stage-thread.js'
import type { Role } from './stages.js'
import { WRAP } from './stages.js'

export const DISRUPTOR_GROUP = "the Disruptor's topologies, over our rings"
const STEPS_PER_TURN = 64

export interface Topology {
  readonly name: string
  readonly title: string
  readonly roles: readonly Role[]
  /** From stage, to stage. */
  readonly arcs: readonly (readonly [number, number])[]
  /** The stage that main is. */
  readonly main: number
  /** The stage whose outcome is checked. */
  readonly last: number
  readonly capacity: number
  readonly batch: number
  /** What the last stage's result must be, by the events that each sender has sent. */
  readonly expected: (sent: readonly number[]) => number
}

/** 0 + 1 + … of so many numbers that begin anew at WRAP, int32. */
export function sumOfEvents(events: number): number {
  const wrap = BigInt(WRAP)
  const whole = BigInt(events) / wrap
  const rest = BigInt(events) % wrap
  const sum = (whole * wrap * (wrap - 1n)) / 2n + (rest * (rest - 1n)) / 2n
  return Number(BigInt.asIntN(32, sum))
}

/** How many of the first numbers are divisible by 3 and by 5. */
export function countOfBoth(events: number): number {
  return Math.ceil(events / 15) | 0
}

export const topologies: readonly Topology[] = [
  {
    name: 'one-to-one',
    title: 'one sender, one consumer, a publish per event',
    roles: ['send', 'sum'],
    arcs: [[0, 1]],
    main: 0,
    last: 1,
    capacity: 65_536,
    batch: 1,
    expected: ([sent = 0]) => sumOfEvents(sent),
  },
  {
    name: 'one-to-one-batch',
    title: 'one sender, one consumer, ten events per publish',
    roles: ['send', 'sum'],
    arcs: [[0, 1]],
    main: 0,
    last: 1,
    capacity: 65_536,
    batch: 10,
    expected: ([sent = 0]) => sumOfEvents(sent),
  },
  {
    name: 'three-to-one',
    title: 'three senders, one consumer, a ring each',
    roles: ['sum', 'send', 'send', 'send'],
    arcs: [
      [1, 0],
      [2, 0],
      [3, 0],
    ],
    main: 0,
    last: 0,
    capacity: 65_536,
    batch: 1,
    expected: (sent) => sent.reduce((sum, events) => (sum + sumOfEvents(events)) | 0, 0),
  },
  {
    name: 'pipeline-of-three',
    title: 'one sender, three consumers in a row',
    roles: ['send-operands', 'add', 'add-three', 'count-fours'],
    arcs: [
      [0, 1],
      [1, 2],
      [2, 3],
    ],
    main: 0,
    last: 3,
    capacity: 8192,
    batch: 1,
    // 777 + 3 has bit 2 set, and that is what all of them come to.
    expected: ([sent = 0]) => sent | 0,
  },
  {
    name: 'diamond',
    title: 'one sender, two consumers, a third behind both',
    roles: ['send', 'by-3', 'by-5', 'both'],
    arcs: [
      [0, 1],
      [0, 2],
      [1, 3],
      [2, 3],
    ],
    main: 0,
    last: 3,
    capacity: 8192,
    batch: 1,
    expected: ([sent = 0]) => countOfBoth(sent),
  },
]

/** Lays a topology out in shared memory. */
export function createJob(topology: Topology, parks: boolean): TopologyJob {
  const { roles, arcs, capacity, batch } = topology
  const arena = new Arena(topologyWords(roles.length, arcs.length, capacity) * 4 + 4096)
  const rings = arcs.map(([from, to]): Arc => {
    const ring = arena.take(`${from} to ${to}`, ringWords(capacity))
    initializeRing(arena.words, ring, capacity)
    return { from, to, ring }
  })
  const bells = arena.take('doorbells', roles.length * DOORBELL_WORDS)
  const control = arena.take('control', 2)
  const sentByte = arena.take('events sent', roles.length * 2) * 4
  return { buffer: arena.buffer, roles, arcs: rings, bells, control, sentByte, batch, parks }
}

async function run(topology: Topology, context: ScenarioContext): Promise<Measurement | Skipped> {
  if (availableParallelism() < 2) return { skipped: 'needs two cores' }
  const { roles, main, last } = topology
  const job = createJob(topology, roles.length > availableParallelism())
  const threads = await startThreads(job, main)
  const runner = new StageRunner(job, main)
  const window = new MeasurementWindow()
  const load = {
    turns: function topologyTurns() {
      for (let i = 0; i < STEPS_PER_TURN; i++) runner.step()
    },
    completed: () => runner.stage.events,
    begin: () => window.begin(),
    end: () => window.end(),
  }
  const figures = await runTimed(load, context)
  const answers = threads.map(async ({ worker, index }) => {
    const [answer]: StageAnswer[] = await once(worker, 'message')
    return { index, ...answer! }
  })
  runner.stopSenders()
  runner.run()
  const outcomes = [{ index: main, ...outcomeOf(runner) }, ...(await Promise.all(answers))]
  const sent = outcomes.filter(({ index }) => roles[index]!.startsWith('send'))
  const total = sent.reduce((sum, { events }) => sum + events, 0)
  const found = outcomes.find(({ index }) => index === last)!
  const expected = topology.expected(sent.map(({ events }) => events))
  const checksumOk = found.result === expected && found.events === total
  const { result, events } = found
  return {
    ...figures,
    checksumOk,
    notes: {
      threads: `${roles.length} on ${availableParallelism()} cores`,
      ...(checksumOk ? {} : { result, expected, events, total }),
    },
  }
}

function outcomeOf({ stage }: StageRunner): StageAnswer {
  return { events: stage.events, result: stage.result }
}

async function startThreads(job: TopologyJob, main: number) {
  const script = new URL('./stage-thread.js', import.meta.url)
  const others = job.roles.map((_, index) => index).filter((index) => index !== main)
  const threads = others.map((index) => {
    const workerData: StageJob = { job, index }
    return { index, worker: new Worker(script, { workerData }) }
  })
  await Promise.all(threads.map(({ worker }) => once(worker, 'message')))
  return threads
}

/** `, oversubscribed: 4 threads on 2 cores`, or nothing. */
export function oversubscription(threads: number, cores: number): string {
  return threads > cores ? `; oversubscribed: ${threads} threads on ${cores} cores` : ''
}

export const topologyScenarios: readonly Scenario[] = topologies.map((topology) => ({
  name: `disruptor/${topology.name}`,
  unit: 'events/s',
  group: DISRUPTOR_GROUP,
  title: topology.title + oversubscription(topology.roles.length, availableParallelism()),
  isExtra: true,
  run: (context) => run(topology, context),
}))
