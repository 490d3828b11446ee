/** Callbacks that never return: named by the watchdog, and only their own device suffers. */
import { expect, it } from 'vitest'
import type { CallbackPlaceName, EngineOptions } from '../../src/index.js'
import { Engine, fixture } from './built.js'
import { eventually, within } from './helpers.js'

/** Longer than a busy machine leaves a thread without a processor. */
const WATCHDOG_MS = 1000

/** An engine with a good device beside the one that hangs, and what it told. */
async function bench(options: Partial<EngineOptions> = {}) {
  const engine = await Engine.start({
    workers: 1,
    watchdogMs: WATCHDOG_MS,
    devices: [{ name: 'good', driver: fixture('hangs') }],
    ...options,
  })
  const hung: (readonly CallbackPlaceName[])[] = []
  const died: string[] = []
  const lost: unknown[] = []
  let replaced = 0
  engine.on('workerHung', (_worker, _ms, places) => hung.push(places))
  engine.on('workerDied', (_worker, reason, places) => {
    died.push(reason.message)
    expect(places).toEqual(hung.at(-1))
  })
  engine.on('workerReplaced', () => replaced++)
  engine.on('deviceLost', (device, error) => lost.push([device, (error as { code?: string }).code]))
  const read = async (device: string): Promise<number> => {
    const file = await engine.open(device)
    const { status } = await file.read(new Uint8Array(4), { rejectOnFailure: false })
    await file.close().catch(() => {})
    return status
  }
  const isReplaced = (times = 1): Promise<void> =>
    eventually(() => replaced >= times, 'the successor', 60_000)
  return { engine, hung, died, lost, read, isReplaced }
}

it.each(['EvtDriverDeviceAdd', 'EvtDevicePrepareHardware', 'EvtDeviceD0Entry'])(
  'one of adding a device, %s: addDevice fails and says which',
  async (callback) => {
    const { engine, hung, died, lost, read, isReplaced } = await bench()
    const options = { name: 'bad', driver: fixture('hangs'), parameters: { in: callback } }
    const added = within(60_000, 'addDevice', engine.addDevice(options))
    await expect(added).rejects.toMatchObject({
      code: 'ERR_IRP_WORKER_LOST',
      message: expect.stringContaining(`${callback} of device "bad" has not returned`),
    })
    await isReplaced()
    expect(hung).toEqual([[{ device: 'bad', callback }]])
    expect(died).toEqual([expect.stringContaining(`${callback} of device "bad"`)])
    expect([await read('good'), lost]).toEqual([0, []])
    await engine.stop()
  },
  120_000,
)

it('one of a running device, EvtDeviceD0Exit: that device is lost, the others come back', async () => {
  const { engine, hung, lost, read, isReplaced } = await bench()
  await engine.addDevice({
    name: 'bad',
    driver: fixture('hangs'),
    parameters: { in: 'EvtDeviceD0Exit' },
  })
  await engine.device('bad').setPower('D3')
  await isReplaced()
  expect(hung).toEqual([[{ device: 'bad', callback: 'EvtDeviceD0Exit' }]])
  expect(lost).toEqual([['bad', 'ERR_IRP_CALLBACK_HUNG']])
  expect(await read('good')).toBe(0)
  await expect(engine.open('bad')).rejects.toMatchObject({ code: 'ERR_IRP_NO_SUCH_DEVICE' })
  await engine.stop()
}, 120_000)

it('a timer’s: the device is lost', async () => {
  const { engine, hung, lost, read, isReplaced } = await bench()
  await engine.addDevice({
    name: 'bad',
    driver: fixture('hangs'),
    parameters: { in: 'EvtTimerFunc' },
  })
  await read('bad')
  await isReplaced()
  expect(hung).toEqual([[{ device: 'bad', callback: 'EvtTimerFunc' }]])
  expect(lost).toEqual([['bad', 'ERR_IRP_CALLBACK_HUNG']])
  expect(await read('good')).toBe(0)
  await engine.stop()
}, 120_000)

it('a handler’s: its request ends, the device comes back, and is lost the third time', async () => {
  const { engine, hung, lost, read, isReplaced } = await bench({
    restart: { maxDeaths: 8, backoffMs: 1 },
  })
  await engine.addDevice({
    name: 'bad',
    driver: fixture('hangs'),
    parameters: { in: 'EvtIoRead' },
  })
  for (let times = 1; times <= 3; times++) {
    expect(lost).toEqual([])
    expect(await read('bad')).toBeLessThan(0)
    await isReplaced(times)
  }
  expect(hung).toEqual(Array.from({ length: 3 }, () => [{ device: 'bad', callback: 'EvtIoRead' }]))
  expect(lost).toEqual([['bad', 'ERR_IRP_CALLBACK_HUNG']])
  expect(await read('good')).toBe(0)
  await engine.stop()
}, 120_000)
