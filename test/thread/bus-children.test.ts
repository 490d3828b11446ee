/** Bus drivers: plugging and unplugging builds and tears down device nodes. */
import { expect, it } from 'vitest'
import { IOCTL_PLUG, IOCTL_UNPLUG } from '../fixtures/drivers/bus.js'
import { drivers, Engine, fixture, irpool } from './built.js'
import { eventually, expectBalanced } from './helpers.js'

const are = (list: readonly unknown[], count: number): Promise<void> =>
  eventually(() => list.length === count, `${count} device nodes`)

async function bench(parameters: Record<string, unknown> = {}) {
  const engine = await Engine.start({ workers: 2 })
  const arrived: string[] = []
  const removed: string[] = []
  const lost: unknown[] = []
  engine.on('deviceArrived', (name) => arrived.push(name))
  engine.on('deviceRemoved', (name) => removed.push(name))
  engine.on('deviceLost', (name, { message }) => lost.push([name, message]))
  await engine.addDevice({ name: 'bus', driver: fixture('bus'), parameters })
  const bus = await engine.open('bus')
  const control = async (code: number, id: string): Promise<void> => {
    await bus.ioctl(code, new TextEncoder().encode(id), null)
  }
  const nameReadFrom = async (device: string): Promise<string> => {
    const file = await engine.open(device)
    const bytes = new Uint8Array(16)
    const { information } = await file.read(bytes)
    await file.close()
    return new TextDecoder().decode(bytes.subarray(0, information))
  }
  const names = (): string[] => engine.devices().map(({ name }) => name)
  return { engine, arrived, removed, lost, control, nameReadFrom, names }
}

it('a scan finds children; static ones are there, too; each has a device that works', async () => {
  const { engine, arrived, nameReadFrom, names } = await bench({
    ports: ['a', 'b'],
    statics: ['s'],
  })
  await are(arrived, 3)
  expect(names().toSorted()).toEqual(['bus', 'bus.a', 'bus.b', 'bus.s'])
  for (const port of ['a', 'b', 's']) expect(await nameReadFrom(`bus.${port}`)).toBe(port)
  const [home] = engine.devices().map(({ homeWorker }) => homeWorker)
  expect(engine.devices().every(({ homeWorker }) => homeWorker === home)).toBe(true)
  await engine.stop()
  expectBalanced(engine.ledger())
})

it('plugging builds a device, unplugging tears it down, plugging again builds a new one', async () => {
  const { engine, arrived, removed, control, nameReadFrom, names } = await bench()
  for (let times = 1; times <= 3; times++) {
    await control(IOCTL_PLUG, 'x')
    await are(arrived, times)
    expect(await nameReadFrom('bus.x')).toBe('x')
    await control(IOCTL_UNPLUG, 'x')
    await are(removed, times)
    expect(names()).toEqual(['bus'])
  }
  await engine.stop()
  expectBalanced(engine.ledger())
})

it('plugged, unplugged and plugged in one breath: one device in the end', async () => {
  const { engine, control, nameReadFrom, names } = await bench()
  const steps = [IOCTL_PLUG, IOCTL_UNPLUG, IOCTL_PLUG, IOCTL_UNPLUG, IOCTL_PLUG]
  await Promise.all(steps.map((code) => control(code, 'x')))
  await eventually(() => names().length === 2, 'the device')
  expect(await nameReadFrom('bus.x')).toBe('x')
  await control(IOCTL_UNPLUG, 'x')
  await eventually(() => names().length === 1, 'no device')
  await engine.stop()
  expectBalanced(engine.ledger())
})

it('requests that a child has when it is unplugged end', async () => {
  const { engine, arrived, removed, control } = await bench({
    function: fixture('holder').href,
  })
  await control(IOCTL_PLUG, 'x')
  await are(arrived, 1)
  const file = await engine.open('bus.x')
  const held = file.read(new Uint8Array(4), { rejectOnFailure: false })
  await control(IOCTL_UNPLUG, 'x')
  await are(removed, 1)
  expect((await held).status).toBeLessThan(0)
  expect((await file.read(new Uint8Array(4), { rejectOnFailure: false })).status).toBe(
    irpool.STATUS_NO_SUCH_DEVICE,
  )
  await engine.stop()
  expectBalanced(engine.ledger())
})

it('a function driver sits above the bus driver’s level', async () => {
  const { engine, arrived, control } = await bench({ function: drivers.echo.href })
  await control(IOCTL_PLUG, 'x')
  await are(arrived, 1)
  const child = engine.devices().find(({ name }) => name === 'bus.x')
  expect(child).toMatchObject({ role: 'function', below: [{ role: 'bus', name: 'bus.x/1' }] })
  await engine.stop()
})

it('a child whose device cannot be made is lost alone, and may come again', async () => {
  const { engine, arrived, lost, control, names } = await bench({ failing: 'bad' })
  await control(IOCTL_PLUG, 'bad')
  await are(lost, 1)
  expect(lost[0]).toEqual([
    expect.stringMatching(/child bad/),
    expect.stringMatching(/EvtChildListCreateDevice/),
  ])
  await control(IOCTL_PLUG, 'good')
  await are(arrived, 1)
  expect(names()).toEqual(['bus', 'bus.good'])
  await control(IOCTL_PLUG, 'bad')
  await are(lost, 2)
  await engine.stop()
})

it('the bus goes after its children', async () => {
  const { engine, arrived, names } = await bench({ ports: ['a', 'b'] })
  await are(arrived, 2)
  await engine.removeDevice('bus')
  expect(names()).toEqual([])
  await engine.stop()
  expectBalanced(engine.ledger())
})

it('a host removes a child: it comes back when it is plugged in again', async () => {
  const { engine, arrived, control, nameReadFrom, names } = await bench()
  await control(IOCTL_PLUG, 'x')
  await are(arrived, 1)
  expect(await engine.device('bus.x').remove()).toBe(true)
  expect(names()).toEqual(['bus'])
  await control(IOCTL_PLUG, 'x')
  await are(arrived, 2)
  expect(await nameReadFrom('bus.x')).toBe('x')
  await engine.stop()
})

it('suspend and resume take the children down first and up last', async () => {
  const { engine, arrived, nameReadFrom } = await bench({ ports: ['a'] })
  await are(arrived, 1)
  await engine.suspend()
  await engine.resume()
  expect(await nameReadFrom('bus.a')).toBe('a')
  await engine.stop()
})

it('a worker that dies comes back with its bus and the children that are there', async () => {
  const { engine, arrived, lost, control, nameReadFrom, names } = await bench({ ports: ['a'] })
  await control(IOCTL_PLUG, 'x')
  await are(arrived, 2)
  let replaced = 0
  engine.on('workerDied', () => {})
  engine.on('workerReplaced', () => replaced++)
  await engine.terminateWorker(engine.devices()[0]?.homeWorker ?? 0)
  await eventually(() => replaced === 1, 'the successor')
  expect(await nameReadFrom('bus.a')).toBe('a')
  // Who was plugged in by hand is unknown to the successor of the bus.
  expect(names()).toEqual(['bus', 'bus.a'])
  expect(lost).toMatchObject([['bus.x', expect.stringContaining('not on its bus')]])
  await engine.stop()
})
