/** Asynchronous callbacks that never settle: their device fails by name, and nobody else waits. */
import { expect, it } from 'vitest'
import { Engine, fixture } from './built.js'
import { eventually, within } from './helpers.js'

const TIMEOUT_MS = 400
const NEVER = fixture('never-settles')

async function bench() {
  const engine = await Engine.start({ workers: 1, callbackTimeoutMs: TIMEOUT_MS })
  await engine.addDevice({ name: 'good', driver: NEVER })
  let deaths = 0
  engine.on('workerDied', () => deaths++)
  const faults: string[] = []
  engine.on('driverFault', ({ callback }) => faults.push(callback))
  const read = async (device: string): Promise<number> => {
    const file = await engine.open(device)
    const { status } = await file.read(new Uint8Array(4), { rejectOnFailure: false })
    await file.close()
    return status
  }
  return { engine, faults, read, deaths: () => deaths }
}

it.each(['EvtDriverDeviceAdd', 'EvtDevicePrepareHardware', 'EvtDeviceD0Entry'])(
  'one of adding a device, %s: addDevice fails, and the next one is added',
  async (callback) => {
    const { engine, read, deaths } = await bench()
    const bad = engine.addDevice({ name: 'bad', driver: NEVER, parameters: { in: callback } })
    const next = engine.addDevice({ name: 'next', driver: NEVER })
    await expect(within(60_000, 'addDevice', bad)).rejects.toThrow(
      `${callback}: its promise has not settled for ${TIMEOUT_MS} ms`,
    )
    await within(60_000, 'the next device', next)
    expect([await read('good'), await read('next'), deaths()]).toEqual([0, 0, 0])
    await engine.stop()
  },
  120_000,
)

it('one of removing a device: it goes all the same', async () => {
  const { engine, faults, read, deaths } = await bench()
  await engine.addDevice({ name: 'bad', driver: NEVER, parameters: { in: 'EvtDeviceD0Exit' } })
  const removed = within(60_000, 'removeDevice', engine.removeDevice('bad'))
  await expect(removed).rejects.toMatchObject({ code: 'STATUS_IO_TIMEOUT' })
  await eventually(() => faults.includes('EvtDeviceD0Exit'), 'the fault of EvtDeviceD0Exit')
  await engine.addDevice({ name: 'bad', driver: NEVER })
  expect([await read('good'), await read('bad'), deaths()]).toEqual([0, 0, 0])
  await engine.stop()
}, 120_000)
