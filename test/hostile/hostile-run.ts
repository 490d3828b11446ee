/**
 * Hostile run: a stepped engine with two workers, one of which has a vandal for a driver; every step is drawn from
 * a seed. The host must not throw, must not believe what it can know to be wrong, and must serve the device on the
 * other worker as if nothing were. Runs on: the run's own thread.
 */
import assert from 'node:assert/strict'
import { Random } from '../../native-sim/random.js'
import { WORKER_ACCUSED, workerBlockWord } from '../../src/abi/engine-layout.js'
import { STATUS_SUCCESS } from '../../src/abi/ntstatus.js'
import type { Request } from '../../src/framework/request.js'
import { load } from '../../src/sharedarraybuffer-queue/access.js'
import { queueDriver } from '../harness/inline-driver.js'
import { SteppedEngine } from '../harness/stepped-engine.js'
import { type Kind, Vandal } from './vandal.js'

const SLOTS = 32
const HOSTILE = 0
const HONEST = 1
/** Contexts of the honest device's requests, from here on; the others are below. */
const HONEST_CONTEXTS = 0x40000000
const BYTES = 16

export interface HostileReport {
  readonly strikes: ReadonlyMap<Kind, number>
  /** Completions that the host refused. */
  readonly rejected: number
  /** Ends of the hostile worker that the host asked for. */
  readonly accused: number
  readonly honestEnded: number
}

/** Reads as many bytes as are asked for. */
export const readDriver = queueDriver({
  dispatchType: 'parallel',
  defaultQueue: true,
  EvtIoRead: (_queue: unknown, request: Request, length: number) =>
    request.completeWithInformation(STATUS_SUCCESS, length),
})

export async function hostileRun(seed: number, steps: number): Promise<HostileReport> {
  const random = new Random(seed)
  const engine = new SteppedEngine({
    workers: 2,
    slots: SLOTS,
    firstPosition: random.nextBelow(2 ** 32) | 0,
  })
  await engine.addDevice(readDriver, { homeWorker: HOSTILE })
  await engine.addDevice(readDriver, { homeWorker: HONEST })
  const { channel } = engine
  const files = [engine.file('device0'), engine.file('device1')] as const
  const buffer = channel.allocate(BYTES)
  const all = Array.from({ length: SLOTS }, (_, slot) => slot)
  const itsSlots = (): number[] => all.filter((slot) => channel.slots.ownerOf(slot) === HOSTILE)
  const vandal = new Vandal(random, engine.memory, HOSTILE, itsSlots)
  const waiting = new Set<number>()
  let [next, ended, accused] = [0, 0, 0]

  const send = (): void => {
    const worker = random.nextBelow(2)
    const context = worker === HONEST ? HONEST_CONTEXTS + next : next
    // Half of the slots at most: the vandal's must not leave the honest ones without.
    if (worker === HOSTILE && channel.inFlight - waiting.size > SLOTS / 2) return
    if (channel.prepareRead(files[worker] as never, buffer, BYTES, 0, context) < 0) return
    if (worker === HONEST) waiting.add(context)
    next++
  }
  const reap = (): void => {
    for (const { context, status, information } of engine.reap(2 * SLOTS)) {
      if (context < HONEST_CONTEXTS) continue
      assert.ok(waiting.delete(context), `request ${context} of the honest device ended twice`)
      assert.deepEqual([status, information], [STATUS_SUCCESS, BYTES])
      ended++
    }
  }
  /** What main does with an accused worker. */
  const replaceVandal = async (): Promise<void> => {
    engine.kill(HOSTILE)
    reap()
    await engine.replace(HOSTILE)
  }

  for (let step = 0; step < steps; step++) {
    for (let i = random.nextBelow(4); i > 0; i--) send()
    channel.submit()
    if (random.nextBelow(2) === 0) vandal.strike()
    engine.step(random.nextBelow(2))
    if (random.nextBelow(4) === 0) vandal.strike()
    reap()
    const accusations = load(engine.words, workerBlockWord(HOSTILE) + WORKER_ACCUSED)
    if (accusations !== accused) {
      accused = accusations
      await replaceVandal()
    }
    const { accepted, completed, inFlight, lost } = channel.ledger()
    assert.deepEqual([accepted - completed, lost], [inFlight, 0])
  }
  engine.settle()
  reap()
  await replaceVandal()
  // Whose mark was written over counts as never presented: the successor has it.
  engine.settle()
  reap()
  assert.deepEqual([channel.inFlight, waiting.size, channel.slots.freeCount], [0, 0, SLOTS])
  return { strikes: vandal.done, rejected: channel.duplicates, accused, honestEnded: ended }
}
