/**
 * A driver that writes over its channel's shared memory, on real threads: what it forges is refused and counted, its
 * worker is ended and replaced, and a device on another worker with a channel of its own notices nothing. The
 * stepped form, with seeds that replay: test/hostile.
 */
import { expect, it } from 'vitest'
import { VANDAL_DONE, VANDAL_SEED, VANDAL_STRIKES } from '../fixtures/drivers/vandal-driver.js'
import { drivers, Engine, fixture } from './built.js'
import { expectBalanced, within } from './helpers.js'

const BUFFER_BYTES = 4096
const HOSTILE = 0
const HONEST = 1
const PATIENCE_MS = 100_000
/** A channel on which nothing can be sent for so long has lost all of its slots. */
const IDLE_MS = 500

/**
 * An engine with a vandal and an echo device, each with a channel, and a round of load for both. `target`: the
 * worker whose rings the vandal writes to.
 */
async function bench(isAimed: boolean, target = HOSTILE) {
  const control = new Int32Array(new SharedArrayBuffer(64))
  const seed = Date.now() % 2 ** 30
  control[VANDAL_SEED] = seed
  console.log(`hostile driver, seed ${seed}`)
  const engine = await Engine.start({
    workers: 2,
    slots: 64,
    // Accusations are looked for as often as hangs are.
    watchdogMs: 2000,
    restart: { maxDeaths: 1, windowMs: 0 },
  })
  const told = { corrupt: 0, died: [] as number[], replaced: 0, isHostileServed: true }
  engine.on('workerCorrupt', () => told.corrupt++)
  engine.on('workerDied', (worker) => {
    told.died.push(worker)
    if (worker === HOSTILE) told.isHostileServed = false
  })
  // A successor that dies before it has its devices is told of as a death only.
  engine.on('workerReplaced', (worker) => {
    told.replaced++
    if (worker === HOSTILE) told.isHostileServed = true
  })
  engine.on('driverFault', () => {})
  engine.on('deviceLost', () => {})
  const parameters = {
    control: control.buffer,
    isAimed,
    bufferBytes: BUFFER_BYTES,
    worker: target,
  }
  const driver = fixture('vandal-driver')
  await engine.addDevice({ name: 'vandal', driver, parameters, worker: HOSTILE })
  await engine.addDevice({ name: 'echo', driver: drivers.echo, worker: HONEST })
  const channel = await engine.openChannel({ slots: 32, bufferBytes: BUFFER_BYTES })
  const vandal = await channel.open('vandal')
  const buffer = channel.allocate(16)
  const echo = await engine.open('echo')
  let honest = 0
  let [accepted, idleSince] = [0, performance.now()]

  /** Some requests for each; those of the honest device must come back, and right. */
  const round = async (): Promise<void> => {
    for (let i = 0; i < 8; i++) if (channel.prepareWrite(vandal, buffer, 16, 0, i) < 0) break
    channel.submit()
    channel.reap(64, () => {})
    const bytes = new Uint8Array(8).fill(honest)
    const answer = new Uint8Array(8)
    const soft = { rejectOnFailure: false }
    const deaths = engine.channel.ledger().workerDied + told.died.length
    const written = await within(30_000, 'the honest device', echo.write(bytes, soft))
    const { status, information } = await within(
      30_000,
      'the honest device',
      echo.read(answer, soft),
    )
    // What it had written, and what it had with its driver, goes with its worker, which dies only as a target.
    const hasDied = engine.channel.ledger().workerDied + told.died.length !== deaths
    const right = [0, 0, 8, bytes]
    const got = [written.status, status, information, answer]
    expect(hasDied && target === HONEST ? right : got).toEqual(right)
    honest++
    // What it lost or made unreadable nobody can know of: it holds those requests until its worker ends.
    const now = performance.now()
    if (channel.ledger().accepted !== accepted) {
      accepted = channel.ledger().accepted
      idleSince = now
    } else if (now - idleSince > IDLE_MS && told.isHostileServed) {
      idleSince = now
      await engine.terminateWorker(HOSTILE)
    }
    channel.reap(64, () => {})
    await new Promise((resolve) => setImmediate(resolve))
  }
  /** Rounds until `condition` holds. */
  const load = async (condition: () => boolean, what: string): Promise<void> => {
    const deadline = performance.now() + PATIENCE_MS
    while (!condition()) {
      if (performance.now() > deadline) {
        throw new Error(
          `not within ${PATIENCE_MS} ms: ${what}; ${JSON.stringify([told, channel.ledger()])}`,
        )
      }
      await round()
    }
  }
  const isHonestAlive = (): boolean => !told.died.includes(HONEST)
  return { engine, control, told, channel, echo, load, honest: () => honest, isHonestAlive }
}

it('aimed at its rings: forgeries are refused and counted, its worker is ended and replaced', async () => {
  const { engine, control, told, channel, load, honest, isHonestAlive } = await bench(true)
  await load(() => honest() > 20, 'an honest start')
  expect(channel.ledger()).toMatchObject({ duplicates: 0, workerDied: 0 })
  control[VANDAL_STRIKES] = 2
  await load(() => channel.ledger().duplicates > 50, 'fifty refusals')
  await load(() => told.corrupt > 0 && told.replaced > 1, 'ends of its worker')
  // It stops; what is broken goes with a last death. Then everything has ended, and the next requests are served.
  control[VANDAL_STRIKES] = 0
  await engine.terminateWorker(HOSTILE)
  await load(() => told.isHostileServed, 'the last successor')
  while (channel.ledger().inFlight > 0) {
    if (channel.reap(64, () => {}) === 0 && !(await channel.waitAsync(10_000))) {
      throw new Error(`stuck: ${JSON.stringify(channel.ledger())}`)
    }
  }
  const ledger = channel.ledger()
  expect(ledger.completed).toBe(ledger.accepted)
  expect(ledger.lost).toBe(0)
  expect(isHonestAlive()).toBe(true)
  console.log(
    `hostile driver: ${control[VANDAL_DONE]} strikes, ${ledger.duplicates} refused, ` +
      `${told.died.length} ends of its worker, ${honest()} honest rounds`,
  )
  expectBalanced(engine.channel.ledger())
  await within(20_000, 'stop', engine.stop())
}, 400_000)

it('at another worker’s rings: that one may be ended, too, and every request there ends', async () => {
  const { engine, control, told, channel, load, honest } = await bench(false, HONEST)
  await load(() => honest() > 20, 'an honest start')
  control[VANDAL_STRIKES] = 20
  await load(() => told.died.includes(HONEST), 'an end of the other worker')
  control[VANDAL_STRIKES] = 0
  const before = honest()
  await load(() => honest() > before + 20, 'service as before')
  console.log(
    `another worker: ${control[VANDAL_DONE]} words, its ends ${told.died.length}, honest ${honest()}`,
  )
  await within(20_000, 'openChannel', engine.openChannel({ slots: 16 }))
  expectBalanced(engine.channel.ledger())
  await within(30_000, 'stop', engine.stop({ timeoutMs: 500 }))
  channel.reap(64, () => {})
  expect(engine.ledger()).toMatchObject({ inFlight: 0, lost: 0 })
}, 400_000)

it('at any word of its rings: the engine and the other device go on', async () => {
  const { engine, control, told, channel, load, honest, isHonestAlive } = await bench(false)
  await load(() => honest() > 20, 'an honest start')
  control[VANDAL_STRIKES] = 20
  await load(() => told.died.length > 4, 'five ends of its worker')
  control[VANDAL_STRIKES] = 0
  expect(control[VANDAL_DONE]).toBeGreaterThan(0)
  expect(isHonestAlive()).toBe(true)
  console.log(
    `any word: ${control[VANDAL_DONE]}, ends of its worker ${told.died.length}, honest ${honest()}`,
  )
  // The other devices and channels can be used as before.
  await within(20_000, 'openChannel', engine.openChannel({ slots: 16 }))
  expectBalanced(engine.channel.ledger())
  // Whatever its channel still had ends with the engine.
  await within(30_000, 'stop', engine.stop({ timeoutMs: 500 }))
  channel.reap(64, () => {})
  expect(engine.ledger()).toMatchObject({ inFlight: 0, lost: 0 })
}, 400_000)
