/**
 * Litmus run: the shipped ring and access port on two real threads. Their outcomes are judged one by one; a control that
 * leaves the Atomics out must show what is forbidden, else the threads did not race at all.
 * Runs on: its own process, main and one worker thread; `npm run litmus`, twenty times as long with `-- --long`.
 */
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { type History, isLinearizable, type Operation, spoil } from './history.js'
import { type Pattern, patterns, runPattern } from './patterns.js'
import {
  CAPACITY,
  initializeRings,
  OPERATIONS,
  recordHistories,
  ringsWords,
} from './ring-history.js'
import { type Shared, TwoThreads } from './two-threads.js'

const isLong = process.argv.includes('--long')
const ROUNDS = isLong ? 1_000_000 : 50_000
const HISTORIES = isLong ? 100_000 : 2000
/** The control is tried again so often, on a machine that is too busy to run two threads at once. */
const TRIES = 5

/** What the second thread is to do: a pattern by number, or histories. */
interface Task {
  readonly shared: Shared
  readonly pattern: number
  readonly rings?: SharedArrayBuffer
}

interface Second {
  readonly done: Promise<Operation[][]>
}

function startSecond(task: Task): Second {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: task,
    argv: process.argv.slice(2),
  })
  const done = new Promise<Operation[][]>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  return { done }
}

function second({ shared, pattern, rings }: Task): void {
  const threads = new TwoThreads(shared, 1)
  let histories: Operation[][] = []
  if (rings === undefined) runPattern(patterns[pattern] as Pattern, threads)
  else histories = recordHistories(threads, new Int32Array(rings), HISTORIES)
  parentPort?.postMessage(histories)
}

/** How often a pattern showed what is forbidden. */
async function count(pattern: Pattern): Promise<number> {
  const shared = { buffer: new SharedArrayBuffer(TwoThreads.bytes(ROUNDS)), rounds: ROUNDS }
  const { done } = startSecond({ shared, pattern: patterns.indexOf(pattern) })
  const threads = new TwoThreads(shared, 0)
  runPattern(pattern, threads)
  await done
  const { words } = threads
  let forbidden = 0
  for (let round = 0; round < ROUNDS; round++) {
    const [first, other] = [words[threads.result(round, 0)], words[threads.result(round, 1)]]
    if (pattern.isForbidden(first as number, other as number)) forbidden++
  }
  return forbidden
}

async function judgeHistories(): Promise<boolean> {
  const shared = { buffer: new SharedArrayBuffer(TwoThreads.bytes(0)), rounds: 0 }
  const rings = new SharedArrayBuffer(ringsWords(HISTORIES) * 4)
  const words = new Int32Array(rings)
  initializeRings(words, HISTORIES)
  const { done } = startSecond({ shared, pattern: -1, rings })
  const offers = recordHistories(new TwoThreads(shared, 0), words, HISTORIES)
  const takes = await done
  let [wrong, overlapping, rejected] = [0, 0, 0]
  for (const [i, mine] of offers.entries()) {
    const history: History = { capacity: CAPACITY, offers: mine, takes: takes[i] as Operation[] }
    if (!isLinearizable(history)) wrong++
    if (!isLinearizable(spoil(history, i))) rejected++
    if (doesOverlap(history)) overlapping++
  }
  console.log(
    `linearizability: histories ${HISTORIES} of ${2 * OPERATIONS} operations, ${overlapping} overlapping, ` +
      `non-linearizable ${wrong}; spoilt histories rejected ${rejected}/${HISTORIES}`,
  )
  return wrong === 0 && rejected > HISTORIES / 2
}

function doesOverlap({ offers, takes }: History): boolean {
  return offers.some(([start, end]) => takes.some((take) => take[0] < end && start < take[1]))
}

async function main(): Promise<void> {
  if (availableParallelism() < 2) {
    console.log('litmus: skipped, two threads cannot race on one processor')
    return
  }
  let isRight = true
  for (const pattern of patterns) {
    let [rounds, forbidden] = [0, 0]
    for (
      let i = 0;
      i < TRIES && (i === 0 || (pattern.isControl === true && forbidden === 0));
      i++
    ) {
      forbidden += await count(pattern)
      rounds += ROUNDS
    }
    const isAsExpected = pattern.isControl === true ? forbidden > 0 : forbidden === 0
    const text = pattern.isControl === true ? 'control, not sequentially consistent' : 'forbidden'
    console.log(`litmus: ${pattern.name}: ${text} ${forbidden}/${rounds}`)
    isRight &&= isAsExpected
  }
  isRight = (await judgeHistories()) && isRight
  if (!isRight) process.exitCode = 1
}

if (isMainThread) await main()
else second(workerData as Task)
