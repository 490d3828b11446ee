/** State changes of a queue that lives on every worker, asked for on one of them. */
import { expect, it } from 'vitest'
import { DRAIN, START, STOP } from '../fixtures/drivers/switched.js'
import { Engine, fixture, irpool } from './built.js'
import { expectBalanced, pause } from './helpers.js'

it('stop, start and drain reach every worker before they are reported as done', async () => {
  const engine = await Engine.start({
    workers: 2,
    devices: [{ name: 'switched', driver: fixture('switched') }],
  })
  const file = await engine.open('switched')
  const read = (): Promise<number> =>
    file.read(new Uint8Array(8), { rejectOnFailure: false }).then(({ status }) => status)
  await file.ioctl(STOP)
  let ended = 0
  const held = Array.from({ length: 40 }, async () => {
    const status = await read()
    ended++
    return status
  })
  await pause(50)
  expect(ended).toBe(0)
  await file.ioctl(START)
  expect(new Set(await Promise.all(held))).toEqual(new Set([irpool.STATUS_SUCCESS]))
  await file.ioctl(DRAIN)
  const refused = await Promise.all(Array.from({ length: 40 }, read))
  expect(new Set(refused)).toEqual(new Set([irpool.STATUS_INVALID_DEVICE_STATE]))
  await file.ioctl(START)
  expect(await read()).toBe(irpool.STATUS_SUCCESS)
  const requests = engine.statistics().map((worker) => worker.requests)
  expect(requests.every((count) => count > 10)).toBe(true)
  await engine.stop()
  expectBalanced(engine.ledger())
})
