/**
 * In-flight records on real threads: requests make none, a death and a device that does not come back are told
 * with them, and a signal shows them.
 */
import { expect, it } from 'vitest'
import { BEHAVE } from '../fixtures/drivers/behaviours.js'
import { IOCTL_EXIT } from '../fixtures/drivers/mortal-ioctl.js'
import { drivers, Engine, fixture, irpool } from './built.js'
import { errorOf, eventually, runScript } from './helpers.js'

const { formatRecords } = irpool

it('requests make none', async () => {
  await using engine = await Engine.start({
    workers: 1,
    devices: [{ name: 'null', driver: drivers.null }],
  })
  const file = await engine.open('null')
  const before = engine.inFlightRecords(0)
  expect(before.map(({ text }) => text)).toContain('device null started')
  const bytes = new Uint8Array(8)
  for (let i = 0; i < 200; i++) {
    await Promise.all(Array.from({ length: 64 }, () => file.read(bytes)))
  }
  expect(engine.inFlightRecords(0)).toEqual(before)
})

it('who listens for a death has them at hand, and at a later one those of the successor, too', async () => {
  await using engine = await Engine.start({ workers: 2 })
  await engine.addDevice({ name: 'mortal', driver: fixture('sequence-log'), worker: 1 })
  const told: string[] = []
  let replaced = 0
  engine.on('workerDied', (worker) => told.push(formatRecords(engine.inFlightRecords(worker))))
  engine.on('workerReplaced', () => replaced++)
  const file = await engine.open('mortal')
  for (const round of [1, 2]) {
    await file.ioctl(IOCTL_EXIT, null, null, { rejectOnFailure: false })
    await eventually(() => replaced === round, 'the successor')
  }
  expect(told[0]).toMatch(
    /worker 1 started, incarnation 1\n(.*\n)* +\d+ ms {2}device mortal started$/,
  )
  expect(told[1]).toContain(told[0])
  expect(told[1]).toContain('worker 1 started, incarnation 2')
})

it('a device that does not come back: the event says on which worker; its callback is on record', async () => {
  await using engine = await Engine.start({ workers: 2 })
  const once = new SharedArrayBuffer(4)
  const device = { driver: fixture('only-once'), parameters: { once }, worker: 1 }
  await engine.addDevice({ name: 'once', ...device })
  const lost: [string, number, string][] = []
  engine.on('deviceLost', (name, _error, worker) => {
    lost.push([name, worker, formatRecords(engine.inFlightRecords(worker))])
  })
  engine.on('workerDied', () => {})
  await engine.terminateWorker(1)
  await eventually(() => lost.length === 1, 'the loss')
  expect(lost[0]?.slice(0, 2)).toEqual(['once', 1])
  expect(lost[0]?.[2]).toContain('device once started')
  expect(lost[0]?.[2]).toMatch(/device once could not be added$/)
})

it('a callback that fails is on record, by its name; a fault says on which worker it was', async () => {
  await using engine = await Engine.start({ workers: 2 })
  const faults: number[] = []
  engine.on('driverFault', (_fault, worker) => faults.push(worker))
  const parameters = { failAt: 'EvtDeviceD0Exit' }
  await engine.addDevice({ name: 'bad', driver: fixture('throws-in'), parameters, worker: 1 })
  expect((await errorOf(() => engine.removeDevice('bad'))).message).toContain('on purpose')
  const texts = engine.inFlightRecords(1).map(({ text }) => text)
  expect(texts).toContain('EvtDeviceD0Exit of device bad failed: STATUS_UNSUCCESSFUL')
  expect(texts).toContain('device bad removed')
  await engine.addDevice({ name: 'throws', driver: fixture('behaviours'), worker: 1 })
  const file = await engine.open('throws')
  await file.read(new Uint8Array(8), { offset: BEHAVE.throwError, rejectOnFailure: false })
  await eventually(() => faults.length === 1, 'the fault')
  expect(faults).toEqual([1])
  expect(engine.inFlightRecords(1).at(-1)?.text).toMatch(/^a handler of device throws threw/)
})

it('nobody listens: the warnings of a death and of a lost device end with them', async () => {
  const { exitCode, lines } = await runScript(`
    import { Engine } from 'irpool'
    process.on('warning', (w) => console.log(w.message))
    const engine = await Engine.start({ workers: 1 })
    const parameters = { once: new SharedArrayBuffer(4) }
    await engine.addDevice({ name: 'once', driver: ${JSON.stringify(fixture('only-once').href)}, parameters })
    const replaced = new Promise((resolve) => engine.once('workerReplaced', resolve))
    await engine.terminateWorker(0)
    await replaced
    await engine.stop()
  `)
  expect(exitCode).toBe(0)
  const text = lines.join('\n')
  expect(text).toMatch(/worker 0 died; the last records of worker 0:\n +\d+ ms {2}worker 0 started/)
  expect(text).toMatch(/device "once" could not be brought back; the last records of worker 0:\n/)
  expect(text.match(/device once started/g)?.length).toBeGreaterThan(1)
})

it('a signal shows those of every worker; the process goes on', async () => {
  const { exitCode, lines } = await runScript(`
    import { drivers, Engine } from 'irpool'
    const engine = await Engine.start({ workers: 2 })
    await engine.addDevice({ name: 'null', driver: drivers.null, worker: 1 })
    const told = new Promise((resolve) => engine.dumpOnSignal('SIGUSR2', resolve))
    process.kill(process.pid, 'SIGUSR2')
    console.log(await told)
    const file = await engine.open('null')
    console.log('status', (await file.read(new Uint8Array(4))).status)
    await engine.stop()
  `)
  expect(exitCode).toBe(0)
  const text = lines.join('\n')
  expect(text).toMatch(
    /in-flight records of worker 0: \d+\n +\d+ ms {2}worker 0 started, incarnation 1/,
  )
  expect(text).toMatch(/in-flight records of worker 1: \d+\n(.*\n)* +\d+ ms {2}device null started/)
  expect(text).toContain('status 0')
})
