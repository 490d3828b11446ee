/** Workers whose thread goes on no more, and drivers that misuse a request where nobody catches it. */
import { expect, it } from 'vitest'
import { IOCTL_LOOP_FOREVER } from '../fixtures/drivers/mortal-ioctl.js'
import { Engine, fixture, irpool } from './built.js'
import { eventually, expectBalanced } from './helpers.js'

it('a handler that never returns costs its own request, and the worker is replaced', async () => {
  const engine = await Engine.start({
    workers: 1,
    watchdogMs: 1000,
    devices: [{ name: 'mortal', driver: fixture('sequence-log') }],
  })
  const hung: number[] = []
  let replaced = 0
  engine.on('workerHung', (worker) => hung.push(worker))
  engine.on('workerDied', () => {})
  engine.on('workerReplaced', () => replaced++)
  const file = await engine.open('mortal')
  const looping = file.ioctl(IOCTL_LOOP_FOREVER, null, null, { rejectOnFailure: false })
  const behind = file.read(new Uint8Array(4), { rejectOnFailure: false })
  expect((await looping).status).toBe(irpool.STATUS_DRIVER_PROCESS_TERMINATED)
  await eventually(() => replaced === 1, 'the successor')
  await behind
  expect(hung).toEqual([0])
  await engine.stop()
  expectBalanced(engine.ledger())
})
