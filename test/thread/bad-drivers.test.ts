/**
 * Drivers that cannot be loaded or added: each gives a clear error, leaves nothing behind, and harms nothing.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { DeviceOptions, Engine as EngineType, IrpFile } from '../../src/index.js'
import { drivers, Engine, fixture, irpool } from './built.js'
import { BALANCED, errorOf, within, type CodedError } from './helpers.js'

describe('addDevice', () => {
  let engine: EngineType
  let file: IrpFile

  beforeAll(async () => {
    engine = await Engine.start({ workers: 1 })
    await engine.addDevice({ name: 'echo', driver: drivers.echo })
    file = await engine.open('echo')
  })

  afterAll(() => engine.stop())

  /** Nothing of the bad one is left, its name is free, and the engine works. */
  const stillWorks = async (): Promise<void> => {
    expect(engine.devices().map(({ name }) => name)).toEqual(['echo'])
    expect((await file.write(Uint8Array.of(1, 2, 3))).information).toBe(3)
    await engine.addDevice({ name: 'bad', driver: drivers.echo })
    await engine.removeDevice('bad')
  }

  afterEach(() => stillWorks())

  const refusalOf = (options: Partial<DeviceOptions>): Promise<CodedError> =>
    within(
      30_000,
      'addDevice',
      errorOf(() => engine.addDevice({ name: 'bad', ...options })),
    )

  const badly = (how: string): Promise<CodedError> =>
    refusalOf({ driver: fixture('bad-device-add'), parameters: { how } })

  describe('with a driver module that', () => {
    it('does not exist', async () => {
      const driver = new URL('file:///there/is/no/such-driver.js')
      const error = await refusalOf({ driver })
      expect(error).toMatchObject({ name: 'DriverError', code: 'ERR_IRP_DRIVER_NOT_FOUND' })
      expect(error.message).toContain(driver.href)
    })

    it('has a URL of a kind that cannot be imported', async () => {
      const error = await refusalOf({ driver: 'gopher://example.org/driver.js' })
      expect(error).toMatchObject({ code: 'ERR_IRP_DRIVER_NOT_FOUND' })
      expect(error.message).toContain('gopher://example.org/driver.js')
    })

    it('has no default export', async () => {
      const error = await refusalOf({ driver: fixture('no-default-export') })
      expect(error).toMatchObject({ code: 'ERR_IRP_DRIVER_EXPORT' })
      expect(error.message).toContain('no default export')
      expect(error.message).toContain('defineDriver')
    })

    it('exports something else', async () => {
      const error = await refusalOf({ driver: fixture('no-driver') })
      expect(error).toMatchObject({ code: 'ERR_IRP_DRIVER_EXPORT' })
      expect(error.message).toContain('a default export that is no driver')
    })

    it('throws on import', async () => {
      const error = await refusalOf({ driver: fixture('throws-on-import') })
      expect(error).toMatchObject({ code: 'ERR_IRP_DRIVER_IMPORT' })
      expect(error.message).toContain('import threw on purpose')
    })

    it('imports a module that is missing', async () => {
      const error = await refusalOf({ driver: fixture('imports-missing') })
      expect(error).toMatchObject({ code: 'ERR_IRP_DRIVER_IMPORT' })
      expect(error.message).toContain('there-is-no-such-module.js')
    })

    it('is named by something that is no URL', async () => {
      for (const driver of ['./relative.js', 'driver', '', 42, null, undefined, {}]) {
        const error = await refusalOf({ driver: driver as string })
        expect(error).toBeInstanceOf(irpool.EngineError)
        expect(error).toMatchObject({ code: 'ERR_IRP_OPTION', value: driver })
      }
    })
  })

  describe('with an EvtDriverDeviceAdd', () => {
    for (const [what, how, text] of [
      ['throws', 'throws', 'threw: device add threw on purpose'],
      ['rejects', 'rejects', 'threw: device add rejected on purpose'],
      ['creates no device', 'noDevice', 'created no device'],
      ['returns a failure status', 'status', 'failed'],
      ['resolves with a failure status', 'rejectedStatus', 'failed'],
    ] as const) {
      it(`that ${what}`, async () => {
        const error = await badly(how)
        expect(error).toMatchObject({ name: 'DriverError', code: 'ERR_IRP_DEVICE_ADD' })
        expect(error.message).toContain(text)
        expect(error.message).toContain('"bad"')
      })
    }

    it('that returns a failure status: it passes through', async () => {
      expect(await badly('status')).toMatchObject({ ntstatus: 0x80000011 | 0 })
      expect(await badly('rejectedStatus')).toMatchObject({ ntstatus: 0x80000011 | 0 })
    })

    for (const [what, how, ntstatus] of [
      ['a queue without a handler', 'noHandler', 0xc020020b],
      ['a queue without a dispatch type', 'noDispatchType', 0xc000000d],
      ['a queue with an unknown dispatch type', 'wrongDispatchType', 0xc000000d],
      ['a handler that is no function', 'handlerIsNoFunction', 0xc000000d],
      ['a manual queue with a handler', 'manualWithHandler', 0xc000000d],
      ['a sequential queue that presents four', 'presentedOfSequential', 0xc000000d],
      ['a parallel queue that presents -1', 'presentedNegative', 0xc000000d],
      ['an unknown synchronization scope', 'wrongScope', 0xc0200210],
      ['two default queues', 'twoDefaultQueues', 0xc0000001],
      ['no configuration at all', 'configIsNull', 0xc000000d],
      ['two devices', 'twoDevices', 0xc0000184],
      ['an unknown major function', 'wrongMajor', 0xc000000d],
      ['its default queue for one type', 'configuresDefaultQueue', 0xc0000010],
    ] as const) {
      it(`that configures ${what}: the status passes through`, async () => {
        const error = await badly(how)
        expect(error.message).toContain(irpool.statusName(ntstatus | 0))
        expect(error).toMatchObject({ ntstatus: ntstatus | 0 })
      })
    }
  })

  it('tells the offending value, as every error does', async () => {
    const driver = new URL('file:///there/is/no/such-driver.js')
    expect(await refusalOf({ driver })).toMatchObject({ value: driver.href })
    const how = { driver: fixture('bad-device-add'), parameters: { how: 'throws' } }
    expect(await refusalOf(how)).toMatchObject({ value: 'bad' })
  })

  it('with a name that is none', async () => {
    for (const name of ['', 42, null, undefined, {}]) {
      const error = await refusalOf({ name: name as string, driver: drivers.echo })
      expect(error).toBeInstanceOf(irpool.EngineError)
      expect(error).toMatchObject({ code: 'ERR_IRP_OPTION', value: name })
    }
  })

  it('with options that are none', async () => {
    for (const options of [null, undefined, 'echo', 42]) {
      const error = await errorOf(() => engine.addDevice(options as unknown as DeviceOptions))
      expect(error).toMatchObject({ code: 'ERR_IRP_OPTION', value: options })
    }
  })

  it('with a name that is taken', async () => {
    const error = await refusalOf({ name: 'echo', driver: drivers.null })
    expect(error).toBeInstanceOf(irpool.EngineError)
    expect(error).toMatchObject({ code: 'ERR_IRP_DEVICE_EXISTS', value: 'echo' })
  })

  it('with a home worker that is none', async () => {
    for (const worker of [-1, 1, 0.5, NaN, '0']) {
      const error = await refusalOf({ driver: drivers.echo, worker: worker as unknown as number })
      expect(error).toMatchObject({ code: 'ERR_IRP_OPTION', value: worker })
    }
  })

  it('with parameters that cannot go to another thread', async () => {
    const parameters = { callback: () => 1 }
    const error = await refusalOf({ driver: drivers.echo, parameters })
    expect(error).toBeInstanceOf(irpool.EngineError)
    expect(error).toMatchObject({ code: 'ERR_IRP_OPTION', value: parameters })
    expect(error.message).toContain('bad')
  })

  it('with parameters that the driver refuses', async () => {
    const error = await refusalOf({ driver: drivers.ramdisk, parameters: { bytes: -1 } })
    expect(error).toMatchObject({ code: 'ERR_IRP_DEVICE_ADD', ntstatus: 0xc000000d | 0 })
  })
})

describe('open', () => {
  it('of a device that is not there names those that are', async () => {
    await using engine = await Engine.start({ workers: 1 })
    await engine.addDevice({ name: 'echo', driver: drivers.echo })
    for (const name of ['ecHo', '', 'a device with "quotes"', undefined, null, 42, 1n, {}]) {
      const error = await errorOf(() => engine.open(name as string))
      expect(error).toBeInstanceOf(irpool.EngineError)
      expect(error).toMatchObject({ code: 'ERR_IRP_NO_SUCH_DEVICE', value: name })
      expect(error.message).toContain('devices: echo')
    }
    const file = await engine.open('echo')
    expect((await file.write(Uint8Array.of(1))).status).toBe(0)
    expect(engine.ledger()).toMatchObject(BALANCED)
  })
})

describe('Engine.start with a device that fails', () => {
  it('rejects with its error, and leaves no thread behind', async () => {
    const error = await errorOf(() =>
      Engine.start({
        workers: 1,
        devices: [
          { name: 'echo', driver: drivers.echo },
          { name: 'bad', driver: fixture('throws-on-import') },
        ],
      }),
    )
    expect(error).toMatchObject({ code: 'ERR_IRP_DRIVER_IMPORT' })
  })
})
