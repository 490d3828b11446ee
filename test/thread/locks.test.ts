/**
 * Locks and the shared context between real threads: nothing is lost under a lock, and a thread that dies while
 * it holds one takes nobody with it.
 */
import { Worker } from 'node:worker_threads'
import { beforeEach, describe, expect, it } from 'vitest'
import { engineBytes, WORKER_INCARNATION, workerBlockWord } from '../../src/abi/engine-layout.js'
import { LOCK_CONTENDED } from '../../src/abi/lock-layout.js'
import { STATUS_SUCCESS, STATUS_TIMEOUT } from '../../src/abi/ntstatus.js'
import type * as Party from '../../src/framework/lock-party.js'
import type * as Shared from '../../src/framework/shared-context.js'
import type * as LockUser from '../fixtures/threads/lock-user.js'
import type {
  LockContext,
  LockRole,
  LockUserData,
  LockUserReport,
} from '../fixtures/threads/lock-user.js'
import { packageRoot, threadScript } from './built.js'
import { eventually, within } from './helpers.js'

const built = (path: string): string => new URL(`build/${path}`, packageRoot).href
const { workerLockParty } = (await import(built('src/framework/lock-party.js'))) as typeof Party
const { bindSharedContext } = (await import(
  built('src/framework/shared-context.js')
)) as typeof Shared
const { BIG_STEP, LockContext: Context } = (await import(
  threadScript('lock-user').href
)) as typeof LockUser

const HERE = 0
const WORKERS = 4
const TIMEOUT_MS = 30_000

interface Thread {
  readonly worker: number
  readonly thread: Worker
  /** Its report; undefined when it was terminated. */
  readonly report: Promise<LockUserReport | undefined>
  /** Resolves with its first message. */
  readonly said: Promise<unknown>
}

let memory: SharedArrayBuffer
let engine: SharedArrayBuffer
let recoveries: Party.LockRecovery[]
let context: LockContext

function incarnationWord(worker: number): number {
  return workerBlockWord(worker) + WORKER_INCARNATION
}

beforeEach(() => {
  memory = new SharedArrayBuffer(Context.byteLength)
  engine = new SharedArrayBuffer(engineBytes(WORKERS))
  const words = new Int32Array(engine)
  for (let worker = 0; worker < WORKERS; worker++) words[incarnationWord(worker)] = 1
  recoveries = []
  const party = workerLockParty({
    engine: words,
    worker: HERE,
    incarnation: 1,
    lockRecovered: (recovery) => recoveries.push(recovery),
  })
  context = bindSharedContext(Context, memory, 0, party)
})

function start(worker: number, role: LockRole, turns = 0): Thread {
  const incarnation = new Int32Array(engine)[incarnationWord(worker)] as number
  const workerData: LockUserData = { memory, engine, worker, incarnation, role, turns }
  const thread = new Worker(threadScript('lock-user'), { workerData })
  const said = new Promise((resolve) => thread.once('message', resolve))
  const report = new Promise<LockUserReport | undefined>((resolve, reject) => {
    let last: unknown
    thread.on('message', (message) => {
      last = message
    })
    thread.on('error', reject)
    thread.on('exit', () =>
      resolve(typeof last === 'object' ? (last as LockUserReport) : undefined),
    )
  })
  return { worker, thread, report, said }
}

/** Ends a thread, then does what main does about it: raises its incarnation. */
async function kill({ worker, thread }: Thread): Promise<void> {
  await thread.terminate()
  Atomics.add(new Int32Array(engine), incarnationWord(worker), 1)
}

function reportsOf(threads: readonly Thread[]): Promise<LockUserReport[]> {
  const reports = Promise.all(threads.map(({ report }) => report))
  return within(TIMEOUT_MS, 'threads with locks', reports).finally(() =>
    Promise.all(threads.map(({ thread }) => thread.terminate())),
  ) as Promise<LockUserReport[]>
}

/** What the owner word of a lock says. */
function ownerOf(name: string): number {
  const field = Context.fields.find((candidate) => candidate.name === name)
  return new Int32Array(memory)[field?.word ?? Number.NaN] as number
}

function expectTurns(turns: number): void {
  expect([...context.pair]).toEqual([turns, turns])
  expect([context.count, context.sum]).toEqual([turns, turns / 2])
}

describe('no update is lost', () => {
  it('under a spin lock: two threads, 100,000 turns each', async () => {
    const threads = [1, 2].map((worker) => start(worker, 'spin-count', 100_000))
    for (const { turns, wrong, recoveries: found } of await reportsOf(threads)) {
      expect([turns, wrong, found]).toEqual([100_000, 0, []])
    }
    expectTurns(200_000)
    expect(context.lock.tryAcquire()).toBe(true)
  })

  it('under a wait lock: one thread blocks, the others await', async () => {
    const roles: LockRole[] = ['wait-count', 'wait-count-async', 'wait-count-async']
    const threads = roles.map((role, i) => start(i + 1, role, 3000))
    for (const { turns, wrong } of await reportsOf(threads))
      expect([turns, wrong]).toEqual([3000, 0])
    expectTurns(9000)
    expect(context.wait.tryAcquire()).toBe(true)
  })

  it('by atomic fields without a lock, of 32 and of 64 bits', async () => {
    await reportsOf([1, 2].map((worker) => start(worker, 'atomic-count', 100_000)))
    expect([context.atomic32, context.atomicFloat]).toEqual([200_000, 50_000])
    expect(context.atomicBig).toBe(200_000n * BIG_STEP)
  })
})

it('a 64-bit field is never read torn, and never goes back', async () => {
  const turns = 200_000
  const thread = start(1, 'write-big', turns)
  let last = 0n
  let wrong = 0
  const last64 = BigInt(turns) * BIG_STEP
  const read = (): void => {
    // A stretch at a time: this thread's event loop must go on.
    for (let i = 0; i < 20_000; i++) {
      const value = context.atomicBig
      if (value % BIG_STEP !== 0n || value < last) wrong++
      last = value
    }
  }
  await eventually(() => {
    read()
    return last === last64
  }, 'the last value')
  await reportsOf([thread])
  expect(wrong).toBe(0)
})

it('a thread that blocks in a wait lock times out, or is woken', async () => {
  context.wait.acquire()
  const thread = start(1, 'wait-twice')
  expect(await within(TIMEOUT_MS, 'its time-out', thread.said)).toBe('timed out')
  context.wait.release()
  const [report] = await reportsOf([thread])
  expect(report?.statuses).toEqual([STATUS_TIMEOUT, STATUS_TIMEOUT, STATUS_SUCCESS])
  expect(context.wait.tryAcquire()).toBe(true)
})

describe('a thread that dies while it holds the locks', () => {
  it('loses them to those that wait, blocked or not; one of them is told', async () => {
    const holder = start(1, 'hold')
    await within(TIMEOUT_MS, 'the holder', holder.said)
    const waiting = [start(2, 'spin-count', 1000), start(3, 'spin-count', 1000)]
    const acquired = context.wait.acquireAsync()
    await eventually(() => context.started === 3, 'all are there')
    await eventually(() => (ownerOf('lock') & LOCK_CONTENDED) !== 0, 'one of them sleeps')
    expect(context.count).toBe(0)
    await kill(holder)
    const dead = { deadWorker: 1, deadIncarnation: 1 }
    const found = await reportsOf(waiting)
    expect(found.flatMap((report) => report.recoveries)).toEqual([{ lock: 'lock', ...dead }])
    expectTurns(2000)
    expect(await within(TIMEOUT_MS, 'the wait lock', acquired)).toBe(STATUS_SUCCESS)
    expect(recoveries).toEqual([{ lock: 'wait', ...dead }])
    expect([context.wait.abandoned, context.lock.abandoned]).toEqual([true, false])
  })

  it('or at any other moment, 20 times: those that live go on, and find what it left half done', async () => {
    const survivor = start(1, 'pairs-until-stopped')
    let seed = 1
    for (let round = 0; round < 20; round++) {
      const victim = start(2, 'pairs-until-stopped')
      await eventually(() => context.started === round + 2, 'the victim')
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
      const before = context.count
      await eventually(() => context.count - before > (seed >>> 8) % 5000, 'some turns')
      await kill(victim)
    }
    // Whoever holds it was not told of the last death yet.
    const before = context.count
    await eventually(() => context.count - before > 1000, 'the survivor')
    context.stop = true
    const [report] = await reportsOf([survivor])
    expect(report?.wrong).toBe(0)
    for (const recovery of report?.recoveries ?? []) {
      expect(recovery).toMatchObject({ lock: 'lock', deadWorker: 2 })
    }
    const deaths = report?.recoveries.map(({ deadIncarnation }) => deadIncarnation)
    expect(new Set(deaths).size).toBe(deaths?.length)
    expect(context.pair[0]).toBe(context.pair[1])
    expect(context.lock.tryAcquire()).toBe(true)
  })
})
