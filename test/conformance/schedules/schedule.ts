/**
 * Schedule: one run of a host, workers and drivers whose every turn is drawn from a seed; the same seed gives
 * the same run. Acceptance case E2. Runs on: one thread, which plays all of them.
 *
 * Checked at every step against the model: each request ends exactly once and with its status (I5); FIFO
 * per queue (I1); never more owned than presented requests allow (I2, I3); no callback inside another one
 * of its device (I4, I7); stop, drain and purge callbacks once and only when due (I6); nothing is left
 * undone at rest (I8); the ledger balances.
 */
import { Random } from '../../../native-sim/random.js'
import { drawPlan } from './plan.js'
import { Broken } from './queue-model.js'
import { LEVEL_DRIVERS, RandomDriver } from './random-driver.js'
import { World } from './world.js'

export interface ScheduleResult {
  /** Null when every rule held. */
  readonly failure: unknown
  readonly events: readonly string[]
  readonly requests: number
}

const MAX_ROUNDS = 200
/** Ring positions start just before the 32-bit wrap in some schedules. */
const NEAR_WRAP = 0x7fffffff - 20

/** Runs the schedule of that seed. */
export async function runSchedule(seed: number): Promise<ScheduleResult> {
  const random = new Random(seed)
  const plan = drawPlan(random)
  const world = new World(plan, random.nextBelow(4) === 0 ? NEAR_WRAP : 0)
  const driver = new RandomDriver(world, random)
  driver.install()
  const [top = '', bottom = ''] = LEVEL_DRIVERS
  const lower = { id: 1, driver: bottom, role: 'bus' as const, parameters: {} }
  await world.engine.addDevice(top, plan.levels.length > 1 ? { below: [lower] } : {})
  try {
    for (let i = 0; i < plan.events && world.failure === undefined; i++) step(world, driver, random)
    if (world.failure === undefined) finish(world, driver)
  } catch (error) {
    world.failure ??= error
  }
  return { failure: world.failure ?? null, events: world.events, requests: world.sent.size }
}

function step(world: World, driver: RandomDriver, random: Random): void {
  const worker = random.nextBelow(world.plan.workers)
  switch (random.nextBelow(16)) {
    case 0:
    case 1:
    case 2:
    case 3: {
      for (let more = 1 + random.nextBelow(3); more > 0; more--) {
        const isEmpty = random.nextBelow(8) === 0
        world.send(world.sent.size + 1, random.nextBelow(3) === 0, isEmpty)
      }
      break
    }
    case 4:
    case 5: {
      const items = [...world.sent.values()]
      const item = items.length > 0 ? items[random.nextBelow(items.length)] : undefined
      if (item !== undefined) world.cancel(item)
      break
    }
    case 6:
    case 7:
      world.reap(1 + random.nextBelow(4))
      break
    case 8:
      world.note('rest')
      world.rest()
      break
    case 9:
    case 10:
    case 11:
    case 12:
      turn(world, worker, 1 + random.nextBelow(4))
      break
    default:
      driver.act(random.nextBelow(world.plan.levels.length), worker)
  }
}

function turn(world: World, worker: number, limit: number): void {
  world.note(`worker ${worker}: turn, at most ${limit}`)
  world.engine.step(worker, limit)
  world.sync(worker)
}

/** Everything ends, and the books are closed. */
function finish(world: World, driver: RandomDriver): void {
  const { engine, sent } = world
  const isOver = (): boolean => [...sent.values()].every((item) => item.told.length === 1)
  for (let round = 0; !isOver() && world.failure === undefined; round++) {
    if (round > MAX_ROUNDS) throw new Broken('the schedule does not come to its end')
    driver.wrapUp()
    engine.settle()
    world.reap(Infinity)
  }
  if (world.failure !== undefined) return
  world.rest()
  for (const queue of world.queues) {
    if (queue.awaitsStop || queue.awaitsDrain) throw new Broken(`${queue.name} owes a callback`)
  }
  const { accepted, completed, inFlight, duplicates, lost } = engine.channel.ledger()
  const books = [accepted, completed, inFlight, duplicates, lost].join(' ')
  if (books !== `${sent.size} ${sent.size} 0 0 0`) throw new Broken(`the ledger says ${books}`)
  if (engine.faults.length !== world.intendedFaults) {
    throw new Broken(`faults: ${engine.faults.map(({ error }) => error.message).join('; ')}`)
  }
}
