/**
 * Devices that wait for each other, or for ever, while the successors of dead workers start them: one is lost with a
 * clear error, the rest goes on.
 */
import { expect, it } from 'vitest'
import { GATE_CLOSED } from '../fixtures/drivers/gated-start.js'
import { drivers, Engine, fixture } from './built.js'
import { type CodedError, errorOf, eventually, expectBalanced, within } from './helpers.js'

const PATIENCE_MS = 60_000

it('two devices that wait for each other: one is lost, with the circle’s names, the other goes on', async () => {
  const engine = await Engine.start({
    workers: 2,
    devices: [
      { name: 'left', driver: fixture('opens-later'), worker: 0, parameters: { to: 'right' } },
      { name: 'right', driver: fixture('opens-later'), worker: 1, parameters: { to: 'left' } },
      { name: 'other', driver: drivers.echo, worker: 0 },
    ],
    // Should one worker's start be over before the other's death is known, nobody sees a circle.
    restart: { startTimeoutMs: 10_000 },
  })
  const lost: { name: string; error: CodedError }[] = []
  engine.on('workerDied', () => {})
  engine.on('deviceLost', (name, error) => lost.push({ name, error }))
  await Promise.all([engine.terminateWorker(0), engine.terminateWorker(1)])
  await eventually(() => lost.length > 0, 'a refusal', PATIENCE_MS)
  const [{ name, error } = { name: '', error: undefined }] = lost
  const circle = ['"left" (worker 0) waits for "right"', '"right" (worker 1) waits for "left"']
  const told = error?.code === 'ERR_IRP_START_TIMEOUT' ? ['was not started again'] : circle
  for (const part of told) expect(error?.message).toContain(part)
  const survivor = name === 'left' ? 'right' : 'left'
  for (const served of [survivor, 'other']) {
    const file = await within(PATIENCE_MS, `open of ${served}`, engine.open(served))
    await within(PATIENCE_MS, `a read of ${served}`, file.read(new Uint8Array(8)))
  }
  expect(lost).toHaveLength(1)
  const again = { name, driver: drivers.echo, worker: 0 }
  await within(PATIENCE_MS, 'addDevice', engine.addDevice(again))
  await within(PATIENCE_MS, 'stop', engine.stop())
  expectBalanced(engine.ledger())
}, 200_000)

it('a device that never starts again is lost after startTimeoutMs, and nobody else', async () => {
  const engine = await Engine.start({ workers: 1, restart: { startTimeoutMs: 5000 } })
  const lost: { name: string; error: CodedError; worker: number }[] = []
  engine.on('workerDied', () => {})
  engine.on('deviceLost', (name, error, worker) => lost.push({ name, error, worker }))
  const gate = new Int32Array(new SharedArrayBuffer(64))
  const parameters = { gate: gate.buffer }
  await engine.addDevice({ name: 'gated', driver: fixture('gated-start'), parameters })
  await engine.addDevice({ name: 'echo', driver: drivers.echo })
  const [gated, echo] = [await engine.open('gated'), await engine.open('echo')]
  Atomics.store(gate, GATE_CLOSED, 1)
  await engine.terminateWorker(0)
  const soft = { rejectOnFailure: false }
  const ends = [gated.write(new Uint8Array(8), soft), echo.write(new Uint8Array(8), soft)]
  const statuses = await within(PATIENCE_MS, 'both writes', Promise.all(ends))
  expect(statuses.map(({ status }) => status < 0)).toEqual([true, false])
  expect(lost).toMatchObject([
    { name: 'gated', worker: 0, error: { code: 'ERR_IRP_START_TIMEOUT', value: 'gated' } },
  ])
  expect(lost[0]?.error.message).toContain('was not started again on worker 0 within 5000 ms')
  // Its start comes to an end after all: nobody minds.
  Atomics.store(gate, GATE_CLOSED, 0)
  expect((await errorOf(() => engine.open('gated'))).code).toBe('ERR_IRP_NO_SUCH_DEVICE')
  const another = { name: 'gated', driver: fixture('gated-start'), parameters }
  await within(PATIENCE_MS, 'addDevice', engine.addDevice(another))
  const file = await within(PATIENCE_MS, 'open', engine.open('gated'))
  await within(PATIENCE_MS, 'a write', file.write(new Uint8Array(8)))
  await within(PATIENCE_MS, 'stop', engine.stop())
  expectBalanced(engine.ledger())
}, 200_000)
