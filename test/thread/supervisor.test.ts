/**
 * The supervisor's promises that worker-death.test.ts leaves out: memory that runs out, the start sequence on the
 * successor, and that nobody else waits while it runs.
 */
import { expect, it } from 'vitest'
import { GATE_CLOSED, GATE_ENTRIES, GATE_SEEN } from '../fixtures/drivers/gated-start.js'
import { PNP } from '../fixtures/drivers/pnp-log.js'
import { drivers, Engine, fixture, irpool } from './built.js'
import {
  closedLoop,
  CompletionCount,
  eventually,
  expectBalanced,
  runScript,
  within,
} from './helpers.js'

it('a driver that eats all memory costs its worker, not the process', async () => {
  // In a process of its own: should Node not contain it, this one lives on.
  const { exitCode, lines } = await runScript(
    `
    import { Engine, formatLedger } from 'irpool'
    import { codeOf } from './build/test/chaos/ways-to-die.js'
    const engine = await Engine.start({ workers: 2, resourceLimits: { maxOldGenerationSizeMb: 32 } })
    engine.on('workerDied', (worker, reason) => console.log('died', worker, reason.code))
    const replaced = new Promise((resolve) => engine.once('workerReplaced', resolve))
    const shared = () => new SharedArrayBuffer(1 << 20)
    const parameters = { log: shared(), deathsAtStart: shared(), scope: 'device' }
    const driver = new URL('build/test/chaos/chaos-driver.js', 'file://' + process.cwd() + '/')
    await engine.addDevice({ name: 'eats', driver, parameters, worker: 1 })
    const file = await engine.open('eats')
    const soft = { rejectOnFailure: false }
    const { status } = await file.ioctl(codeOf('out of memory'), null, null, soft)
    console.log('ended', status)
    await replaced
    console.log('again', (await file.read(new Uint8Array(16), soft)).status)
    await engine.stop()
    const { inFlight, lost, duplicates, workerDied } = engine.ledger()
    console.log(JSON.stringify([inFlight, lost, duplicates, workerDied]))
  `,
    60_000,
  )
  expect(lines).toEqual([
    'died 1 ERR_WORKER_OUT_OF_MEMORY',
    `ended ${irpool.STATUS_DRIVER_PROCESS_TERMINATED}`,
    'again 0',
    '[0,0,0,1]',
  ])
  expect(exitCode).toBe(0)
}, 90_000)

it('the successor goes through the device’s start sequence before any request reaches it', async () => {
  const engine = await Engine.start({ workers: 1 })
  let replaced = 0
  engine.on('workerDied', () => {})
  engine.on('workerReplaced', () => replaced++)
  const log = new Int32Array(new SharedArrayBuffer(4 * 256))
  // Slow enough that the reads wait while the callbacks run.
  const parameters = { log: log.buffer, slowMs: 20 }
  await engine.addDevice({ name: 'log', driver: fixture('pnp-log'), parameters })
  const file = await engine.open('log')
  const before = Atomics.load(log, 0)
  await engine.terminateWorker(0)
  const reads = Array.from({ length: 10 }, () => file.read(new Uint8Array(4)))
  await within(20_000, 'reads at the successor', Promise.all(reads))
  await eventually(() => replaced === 1, 'the successor')
  const since = [...log.subarray(1 + before, 1 + Atomics.load(log, 0))]
  expect(since).toEqual([
    PNP.EvtDriverDeviceAdd,
    PNP.EvtDevicePrepareHardware,
    PNP.EvtDeviceD0Entry,
    ...reads.map(() => PNP.EvtIoRead),
  ])
  await engine.stop()
  expectBalanced(engine.ledger())
})

it('a device on all workers goes on when one of them was given up, and stops without a complaint', async () => {
  const engine = await Engine.start({ workers: 2, restart: { maxDeaths: 0 } })
  const warnings: string[] = []
  const warned = ({ name, message }: Error): void => {
    if (name === 'IrpoolWarning') warnings.push(message)
  }
  engine.on('workerDied', () => {})
  const parameters = { dispatchType: 'parallel', synchronizationScope: 'none' }
  await engine.addDevice({ name: 'null', driver: drivers.null, worker: 0, parameters })
  const file = await engine.open('null')
  await engine.terminateWorker(1)
  const burst = async (): Promise<Set<number>> => {
    const reads = Array.from({ length: 64 }, () =>
      file.read(new Uint8Array(8), { rejectOnFailure: false }),
    )
    const ends = await within(20_000, 'the reads', Promise.all(reads))
    return new Set(ends.map(({ status }) => status))
  }
  // Those that were on their way to it may end with it.
  await burst()
  for (let i = 0; i < 5; i++) expect(await burst()).toEqual(new Set([irpool.STATUS_SUCCESS]))
  process.on('warning', warned)
  await engine.removeDevice('null')
  await engine.stop()
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', warned)
  expect(warnings).toEqual([])
  expectBalanced(engine.ledger())
})

it('while a successor starts, nobody else waits: other workers serve, files and channels open', async () => {
  const engine = await Engine.start({ workers: 2, slots: 256 })
  let replaced = 0
  engine.on('workerDied', () => {})
  engine.on('workerReplaced', () => replaced++)
  const gate = new Int32Array(new SharedArrayBuffer(64))
  const parameters = { gate: gate.buffer }
  await engine.addDevice({ name: 'gated', driver: fixture('gated-start'), parameters, worker: 0 })
  await engine.addDevice({ name: 'null', driver: drivers.null, worker: 1 })
  const gated = await engine.open('gated')
  Atomics.store(gate, GATE_CLOSED, 1)
  await engine.terminateWorker(0)
  let isEnded = false
  const waiting = Promise.all(
    Array.from({ length: 20 }, () => gated.write(new Uint8Array(8))),
  ).finally(() => (isEnded = true))
  await eventually(() => Atomics.load(gate, GATE_ENTRIES) === 2, 'the successor in its D0 entry')
  // The gate stays closed until all of this has been done.
  const file = await within(20_000, 'open', engine.open('null'))
  const completions = new CompletionCount(20_000)
  const { channel } = engine
  const buffer = channel.allocate(8)
  const load = { channel, file, buffer, count: 20_000, depth: 128, completions }
  await within(20_000, 'the load on the other worker', closedLoop(load))
  const writes = Array.from({ length: 100 }, () => file.write(new Uint8Array(8)))
  await within(20_000, 'promises on the other worker', Promise.all(writes))
  await within(20_000, 'close', file.close())
  expect([completions.wrong, completions.outOfOrder]).toEqual([0, 0])
  const another = await within(20_000, 'openChannel', engine.openChannel({ slots: 16 }))
  const fromThere = await another.open('null')
  await within(20_000, 'a write there', fromThere.write(new Uint8Array(8)))
  const early = another.open('gated').then((opened) => opened.write(new Uint8Array(8)))
  expect([replaced, isEnded, gate[GATE_SEEN]]).toEqual([0, false, 0])
  Atomics.store(gate, GATE_CLOSED, 0)
  await within(20_000, 'what waited for the successor', waiting)
  await within(20_000, 'what waited on the new channel', early)
  expect(gate[GATE_SEEN]).toBe(21)
  await eventually(() => replaced === 1, 'the successor')
  await engine.stop()
  expectBalanced(engine.ledger())
  expect(engine.ledger().workerDied).toBe(0)
})
