/**
 * Foreign run: as a hostile run, but the vandal on one worker writes into the other worker's port of its channel: the
 * rings, heads, marks and the incarnation that the channel's host and that worker share. The other worker may
 * have to be ended; a channel that the vandal has no part in may lose what that worker had presented, and
 * nothing else. Runs on: the run's own thread.
 */
import assert from 'node:assert/strict'
import { Random } from '../../native-sim/random.js'
import { WORKER_ACCUSED, workerBlockWord } from '../../src/abi/engine-layout.js'
import { portWord } from '../../src/abi/channel-layout.js'
import { STATUS_DRIVER_PROCESS_TERMINATED, STATUS_SUCCESS } from '../../src/abi/ntstatus.js'
import { load } from '../../src/sharedarraybuffer-queue/access.js'
import type { Request } from '../../src/framework/request.js'
import { queueDriver } from '../harness/inline-driver.js'
import { SteppedEngine } from '../harness/stepped-engine.js'
import { readDriver } from './hostile-run.js'
import { Vandal } from './vandal.js'

const SLOTS = 32
const HOSTILE = 0
const OTHER = 1
const BYTES = 16
/** Turns in which everything that was sent must have been served, if nobody strikes. */
const TURNS = 64

export interface ForeignReport {
  readonly strikes: number
  /** Completions that the vandal's channel refused. */
  readonly rejected: number
  /** Ends of the worker that the vandal writes to. */
  readonly ended: number
  /** Requests of the other channel that were served, and that ended with the worker. */
  readonly served: number
  readonly died: number
}

export async function foreignRun(seed: number, steps: number): Promise<ForeignReport> {
  const random = new Random(seed)
  const firstPosition = random.nextBelow(2 ** 32) | 0
  const engine = new SteppedEngine({ workers: 2, slots: SLOTS, firstPosition })
  /** Reads of the other worker's device that are with its driver. */
  let held: Request[] = []
  const holding = queueDriver({
    dispatchType: 'parallel',
    defaultQueue: true,
    EvtIoRead: (_queue: unknown, request: Request) => void held.push(request),
  })
  await engine.addDevice(readDriver, { homeWorker: HOSTILE })
  await engine.addDevice(holding, { homeWorker: OTHER })
  const { channel, memory } = engine
  const honest = engine.openChannel()
  const [files, file] = [
    [engine.file('device0'), engine.file('device1')],
    engine.file('device1', honest),
  ]
  const [buffer, own] = [channel.allocate(BYTES), honest.allocate(BYTES)]
  const vandal = new Vandal(random, memory, OTHER, () => [])
  const waiting = new Set<number>()
  let [strikes, next, ended, accused, served, died] = [0, 0, 0, 0, 0, 0]

  const strike = (): void => {
    strikes++
    if (random.nextBelow(2) === 0) {
      vandal.strike()
      return
    }
    const first = portWord(memory.geometry, OTHER)
    memory.words[first + random.nextBelow(memory.geometry.portWords)] = vandal.value()
  }
  const reap = (): void => {
    engine.reap(2 * SLOTS)
    for (const { context, status, information } of engine.reap(2 * SLOTS, honest)) {
      assert.ok(waiting.delete(context), `request ${context} of the other channel ended twice`)
      if (status === STATUS_DRIVER_PROCESS_TERMINATED) died++
      else {
        assert.deepEqual([status, information], [STATUS_SUCCESS, BYTES])
        served++
      }
    }
  }
  /** What main does with a worker that was accused, or that threw. */
  const replace = async (): Promise<void> => {
    ended++
    held = []
    engine.kill(OTHER)
    reap()
    await engine.replace(OTHER)
    accused = load(engine.words, workerBlockWord(OTHER) + WORKER_ACCUSED)
  }

  for (let step = 0; step < steps; step++) {
    const context = next++
    channel.prepareRead(files[random.nextBelow(2)] as never, buffer, BYTES, 0, context)
    if (honest.prepareRead(file, own, BYTES, 0, context) >= 0) waiting.add(context)
    channel.submit()
    honest.submit()
    if (random.nextBelow(4) === 0) strike()
    for (let turns = 0; turns < TURNS; turns++) {
      engine.step(OTHER, 4)
      if (random.nextBelow(2) === 0) {
        for (const request of held) request.completeWithInformation(STATUS_SUCCESS, BYTES)
        held = []
      }
      reap()
      if (load(engine.words, workerBlockWord(OTHER) + WORKER_ACCUSED) !== accused) await replace()
      if (waiting.size === 0) break
    }
    assert.equal(waiting.size, 0, 'the other channel is not served')
    engine.step(HOSTILE)
    const { accepted, completed, inFlight, lost } = channel.ledger()
    assert.deepEqual([accepted - completed, lost], [inFlight, 0])
  }
  // What nobody served, or can know of, ends when neither worker has a successor.
  engine.fail(OTHER)
  engine.fail(HOSTILE)
  reap()
  assert.deepEqual([channel.inFlight, channel.slots.freeCount], [0, SLOTS])
  assert.deepEqual([honest.inFlight, honest.duplicates], [0, 0])
  return { strikes, rejected: channel.duplicates, ended, served, died }
}
