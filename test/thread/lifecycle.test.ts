/**
 * Life cycle: the order of a device's callbacks, what a failing one leaves behind, and devices that come and go.
 */
import { describe, expect, it } from 'vitest'
import { PNP, type PnpCallback } from '../fixtures/drivers/pnp-log.js'
import { drivers, Engine, fixture, irpool } from './built.js'
import { BALANCED, errorOf, eventually, pause, untilHeld, within } from './helpers.js'

/** A log that the fixture driver writes into. */
class Log {
  readonly log = new SharedArrayBuffer(4096)
  readonly #words = new Int32Array(this.log)

  names(): PnpCallback[] {
    const names = Object.keys(PNP) as PnpCallback[]
    const count = Atomics.load(this.#words, 0)
    return Array.from({ length: count }, (_, i) => {
      const code = Atomics.load(this.#words, i + 1)
      return names.find((name) => PNP[name] === code) as PnpCallback
    })
  }
}

const START = ['EvtDriverDeviceAdd', 'EvtDevicePrepareHardware', 'EvtDeviceD0Entry'] as const
const STOP = ['EvtDeviceD0Exit', 'EvtDeviceReleaseHardware', 'EvtDriverUnload'] as const

describe('the callbacks of a device', () => {
  it('come in order: add, prepare, D0 entry, files and requests, D0 exit, release, unload', async () => {
    const log = new Log()
    const engine = await Engine.start({ workers: 1 })
    await engine.addDevice({
      name: 'pnp',
      driver: fixture('pnp-log'),
      parameters: { log: log.log, slowMs: 5 },
    })
    expect(log.names()).toEqual(START)
    const file = await engine.open('pnp')
    await file.read(new Uint8Array(4))
    await file.close()
    await engine.stop()
    expect(log.names()).toEqual([
      ...START,
      'EvtDeviceFileCreate',
      'EvtIoRead',
      'EvtFileCleanup',
      'EvtFileClose',
      ...STOP,
    ])
    expect(engine.ledger()).toMatchObject(BALANCED)
  })

  it('stop closes the files that are still open, before the device leaves D0', async () => {
    const log = new Log()
    const engine = await Engine.start({ workers: 1 })
    await engine.addDevice({
      name: 'pnp',
      driver: fixture('pnp-log'),
      parameters: { log: log.log },
    })
    const file = await engine.open('pnp')
    await engine.stop()
    expect(file.isOpen).toBe(false)
    expect(log.names()).toEqual([
      ...START,
      'EvtDeviceFileCreate',
      'EvtFileCleanup',
      'EvtFileClose',
      ...STOP,
    ])
  })

  it('devices stop in the reverse order of their start', async () => {
    const log = new Log()
    const engine = await Engine.start({
      workers: 1,
      devices: [
        { name: 'first', driver: fixture('pnp-log'), parameters: { log: log.log, slowMs: 1 } },
        { name: 'second', driver: drivers.null },
      ],
    })
    expect(engine.devices().map(({ name }) => name)).toEqual(['first', 'second'])
    await engine.removeDevice('first')
    expect(engine.devices().map(({ name }) => name)).toEqual(['second'])
    expect(log.names()).toEqual([...START, 'EvtDeviceD0Exit', 'EvtDeviceReleaseHardware'])
    await engine.stop()
    expect(log.names().at(-1)).toBe('EvtDriverUnload')
  })

  it('run on the home worker alone, once, although a part of the device is everywhere', async () => {
    const log = new Log()
    const engine = await Engine.start({ workers: 2 })
    await engine.addDevice({
      name: 'pnp',
      driver: fixture('pnp-log'),
      parameters: { log: log.log },
    })
    await engine.stop()
    expect(log.names().filter((name) => name === 'EvtDeviceD0Entry')).toHaveLength(1)
    expect(log.names().filter((name) => name === 'EvtDeviceD0Exit')).toHaveLength(1)
  })

  for (const [failAt, left] of [
    ['EvtDevicePrepareHardware', ['EvtDeviceReleaseHardware']],
    ['EvtDeviceD0Entry', ['EvtDeviceReleaseHardware']],
  ] as const) {
    it(`a failing ${failAt} is unwound, and addDevice says so`, async () => {
      const log = new Log()
      await using engine = await Engine.start({ workers: 1 })
      const error = await errorOf(() =>
        engine.addDevice({
          name: 'pnp',
          driver: fixture('pnp-log'),
          parameters: { log: log.log, failAt },
        }),
      )
      expect(error).toMatchObject({ code: 'STATUS_DEVICE_BUSY', ntstatus: 0x80000011 | 0 })
      expect(error.message).toContain(`${failAt} of device "pnp" failed`)
      const until = START.indexOf(failAt) + 1
      expect(log.names()).toEqual([...START.slice(0, until), ...left])
      expect(engine.devices()).toEqual([])
      // The name is free again.
      await engine.addDevice({ name: 'pnp', driver: drivers.null })
      const file = await engine.open('pnp')
      expect((await file.read(new Uint8Array(4))).status).toBe(0)
    })
  }

  it('a refused create fails the open with its status, and leaves no file', async () => {
    const log = new Log()
    await using engine = await Engine.start({ workers: 1 })
    await engine.addDevice({
      name: 'pnp',
      driver: fixture('pnp-log'),
      parameters: { log: log.log, failAt: 'EvtDeviceFileCreate' },
    })
    expect(await errorOf(() => engine.open('pnp'))).toMatchObject({
      name: 'IrpError',
      code: 'STATUS_DEVICE_BUSY',
      operation: 'open of pnp',
    })
  })

  it('a failing D0 exit does not keep the engine from stopping', async () => {
    const log = new Log()
    const engine = await Engine.start({ workers: 1 })
    const warnings: Error[] = []
    const listen = (warning: Error): void => void warnings.push(warning)
    process.on('warning', listen)
    await engine.addDevice({
      name: 'pnp',
      driver: fixture('pnp-log'),
      parameters: { log: log.log, failAt: 'EvtDeviceD0Exit' },
    })
    await engine.stop()
    await eventually(() => warnings.length > 0, 'a warning')
    process.off('warning', listen)
    expect(log.names()).toEqual([...START, ...STOP])
    expect(warnings.map(({ message }) => message).join()).toContain('EvtDeviceD0Exit')
  })
})

describe('removing a device', () => {
  it('answers later requests and opens with a status', async () => {
    await using engine = await Engine.start({ workers: 1 })
    await engine.addDevice({ name: 'null', driver: drivers.null })
    const file = await engine.open('null')
    await engine.removeDevice('null')
    expect(await errorOf(() => file.read(new Uint8Array(4)))).toMatchObject({
      code: 'STATUS_NO_SUCH_DEVICE',
    })
    expect(await errorOf(() => engine.open('null'))).toMatchObject({
      code: 'ERR_IRP_NO_SUCH_DEVICE',
      value: 'null',
    })
    expect(await errorOf(() => engine.removeDevice('null'))).toMatchObject({
      code: 'ERR_IRP_NO_SUCH_DEVICE',
    })
    await file.close()
    // A device of the same name is another device.
    await engine.addDevice({ name: 'null', driver: drivers.null })
    await using again = await engine.open('null')
    expect((await again.read(new Uint8Array(4))).status).toBe(0)
  })

  const cancelled = irpool.STATUS_CANCELLED
  const removed = irpool.STATUS_DEVICE_REMOVED
  for (const [dispatchType, cancel, statuses] of [
    // All five are the driver's, or one is and four wait.
    ['parallel', 'callback', [cancelled, cancelled, cancelled, cancelled, cancelled]],
    ['sequential', 'callback', [cancelled, cancelled, cancelled, cancelled, cancelled]],
    ['parallel', 'ignore', [removed, removed, removed, removed, removed]],
    ['sequential', 'ignore', [removed, cancelled, cancelled, cancelled, cancelled]],
    ['parallel', 'late', [cancelled, cancelled, cancelled, cancelled, cancelled]],
  ] as const) {
    it(`ends what its ${dispatchType} queue holds; cancelled requests: ${cancel}`, async () => {
      const engine = await Engine.start({ workers: 1 })
      let died = 0
      engine.on('workerDied', () => died++)
      try {
        await engine.addDevice({ name: 'echo', driver: drivers.echo })
        const other = await engine.open('echo')
        const parameters = { dispatchType, cancel }
        await engine.addDevice({ name: 'holder', driver: fixture('holder'), parameters })
        const file = await engine.open('holder')
        const reads = Array.from({ length: 5 }, () =>
          file.read(new Uint8Array(4), { rejectOnFailure: false }),
        )
        await untilHeld(file, dispatchType === 'sequential' ? 1 : 5)
        await within(20_000, 'removeDevice', engine.removeDevice('holder'))
        const results = await within(20_000, 'requests of a removed device', Promise.all(reads))
        // Longer than the driver takes to answer: whatever it does then harms nobody.
        await pause(60)
        expect((await within(20_000, 'a write', other.write(Uint8Array.of(1)))).status).toBe(0)
        expect(died, 'deaths of the worker').toBe(0)
        expect(results.map(({ status }) => status)).toEqual(statuses)
        expect(engine.ledger()).toMatchObject(BALANCED)
      } finally {
        await engine.stop({ timeoutMs: 1 })
      }
    })
  }

  it('while handlers are at work lets them finish', async () => {
    const engine = await Engine.start({ workers: 1 })
    let died = 0
    engine.on('workerDied', () => died++)
    try {
      const owned = new Int32Array(new SharedArrayBuffer(8))
      const queues = [{ type: 'default', dispatchType: 'parallel' }]
      const parameters = { queues, holdMs: 500, owned: owned.buffer }
      await engine.addDevice({ name: 'where', driver: fixture('where'), parameters })
      const file = await engine.open('where')
      const reads = Array.from({ length: 5 }, () =>
        file.read(new Int32Array(2), { rejectOnFailure: false }),
      )
      await eventually(() => Atomics.load(owned, 1) === 5, 'the handlers')
      await within(20_000, 'removeDevice', engine.removeDevice('where'))
      const results = await within(20_000, 'requests of a removed device', Promise.all(reads))
      await pause(100)
      expect(died, 'deaths of the worker').toBe(0)
      expect(results.map(({ status }) => status)).toEqual([0, 0, 0, 0, 0])
    } finally {
      await engine.stop({ timeoutMs: 1 })
    }
  })

  it('and adding, 100 times', async () => {
    await using engine = await Engine.start({ workers: 2 })
    for (let i = 0; i < 100; i++) {
      await engine.addDevice({ name: 'echo', driver: drivers.echo })
      const file = await engine.open('echo')
      await file.write(Uint8Array.of(i))
      const answer = new Uint8Array(1)
      await file.read(answer)
      expect(answer[0]).toBe(i)
      await file.close()
      await engine.removeDevice('echo')
    }
    expect(engine.devices()).toEqual([])
    expect(engine.ledger()).toMatchObject(BALANCED)
  })
})

describe('a channel', () => {
  it('that is closed gives its memory back, at the latest when the next one is opened', async () => {
    await using engine = await Engine.start({ workers: 1 })
    const before = engine.memory().length
    for (let i = 0; i < 10; i++) {
      const channel = await engine.openChannel({ slots: 16, bufferBytes: 4096 })
      expect(engine.memory()).toHaveLength(before + channel.shares().length)
      await channel.close()
    }
  })

  it('tells where its memory went', async () => {
    await using engine = await Engine.start({ workers: 2, slots: 64, bufferBytes: 8192 })
    const shares = engine.memory()
    expect(shares.find(({ name }) => name.endsWith('buffers'))?.byteLength).toBe(8192)
    expect(shares.every(({ byteLength }) => byteLength >= 0)).toBe(true)
    const [first, ...rest] = engine.channel.shares()
    let end = first?.byteLength ?? 0
    for (const share of rest) {
      expect(share.byteOffset).toBe(end)
      end += share.byteLength
    }
    expect(end).toBeLessThanOrEqual(engine.channel.memory.buffer.byteLength)
  })
})
