/**
 * "Execution may stop at any point": the worker dies before each of its accesses to shared memory in turn,
 * in one fixed run, and at random ones in long random runs. Each request must end exactly once.
 */
import { describe, expect, it, vi } from 'vitest'
import { Random } from '../../../native-sim/random.js'
import { CANCELABLE, COMPLETE, DeathRun, HOLD, THROW } from '../../harness/death-run.js'

vi.mock(import('../../../src/sharedarraybuffer-queue/access.js'), async (original) => {
  const { recordedAccess } = await import('../../harness/recorded-access.js')
  return recordedAccess(await original())
})

/** What is done step by step; a death ends it. Numbers grow, their tens say what the handler does. */
const STEPS: ((run: DeathRun) => void)[] = [
  (run) => run.send('read', COMPLETE + 1, THROW + 2, HOLD + 3, CANCELABLE + 4, 100 + COMPLETE),
  (run) => run.send('write', 200 + COMPLETE, 200 + HOLD, 200 + CANCELABLE, 300 + COMPLETE),
  (run) => run.turn(4),
  (run) => run.tell(),
  (run) => run.turn(),
  (run) => run.cancel(100 + COMPLETE),
  (run) => run.cancel(200 + CANCELABLE),
  (run) => run.send('read', 400 + COMPLETE),
  (run) => run.turn(),
  (run) => run.completeHeld(),
  (run) => run.send('write', 500 + COMPLETE),
  (run) => run.turn(),
  (run) => run.tell(),
  (run) => run.completeHeld(),
  (run) => run.turn(),
]

/** The fixed run with a death before access `at`; how many accesses there were, and who died unseen. */
async function die(at: number, start: number): Promise<[accesses: number, diedUnseen: number]> {
  const run = await DeathRun.create(16, start)
  run.dieAfter(at)
  for (const step of STEPS) {
    if (run.isDead) break
    step(run)
  }
  const { accesses } = run
  await run.finish()
  return [accesses, run.check()]
}

describe('a death before each access', () => {
  it.each([2 ** 30 - 6, 2 ** 31 - 5, 2 ** 32 - 6])('from position %i', async (start) => {
    const [accesses, unseen] = await die(Infinity, start)
    expect(accesses).toBeGreaterThan(80)
    expect(unseen).toBe(0)
    for (let at = 0; at < accesses; at++) {
      const [, diedUnseen] = await die(at, start)
      // The instant between the mark and the handler: the mark alone says "seen".
      expect(diedUnseen, `death before access ${at}`).toBeLessThanOrEqual(1)
    }
  })
})

const KINDS = [COMPLETE, COMPLETE, COMPLETE, THROW, HOLD, CANCELABLE]

describe('deaths at random', () => {
  it.each([
    [51, 2 ** 30 - 300],
    [52, 2 ** 31 - 300],
    [53, 2 ** 32 - 300],
  ])('seed %i, from position %i', async (seed, start) => {
    const random = new Random(seed)
    const run = await DeathRun.create(8, start)
    const recent: number[] = []
    let next = 0
    for (let step = 0; step < 3000; step++) {
      switch (random.nextBelow(7)) {
        case 0:
        case 1: {
          if (run.engine.channel.inFlight === 8) break
          const number = 100 * next++ + (KINDS[random.nextBelow(KINDS.length)] ?? 0)
          recent.push(number)
          run.send(random.nextBelow(2) === 0 ? 'read' : 'write', number)
          break
        }
        case 2:
          if (recent.length > 0) run.cancel(recent[recent.length - 1 - random.nextBelow(4)] ?? -1)
          break
        case 3:
          run.tell()
          break
        case 4:
          if (run.isDead) await run.replace()
          else if (random.nextBelow(4) === 0) run.dieAfter(random.nextBelow(60))
          break
        case 5:
          if (!run.isDead) run.turn(1 + random.nextBelow(8))
          break
        default:
          if (!run.isDead) run.completeHeld()
      }
    }
    await run.finish()
    const diedUnseen = run.check()
    expect(run.sent.size).toBeGreaterThan(200)
    expect(run.deaths).toBeGreaterThan(50)
    expect(diedUnseen).toBeLessThanOrEqual(run.deaths)
  })
})
