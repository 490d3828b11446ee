/** A device context in shared memory: counted on every worker, and there after a worker has died. */
import { expect, it } from 'vitest'
import { Engine, fixture } from './built.js'
import { eventually, expectBalanced } from './helpers.js'

it('is one for all workers of the device, and outlives them', async () => {
  const engine = await Engine.start({
    workers: 2,
    devices: [{ name: 'counting', driver: fixture('counting') }],
  })
  let replaced = 0
  engine.on('workerReplaced', () => replaced++)
  const file = await engine.open('counting')
  const counts = async (): Promise<number[]> => {
    const answer = new Uint8Array(12)
    await file.ioctl(0x222000, null, answer)
    const view = new DataView(answer.buffer)
    return [0, 4, 8].map((at) => view.getInt32(at, true))
  }
  const read = (count: number): Promise<unknown> =>
    Promise.all(Array.from({ length: count }, () => file.read(new Uint8Array(3))))
  await read(1000)
  await read(1000)
  const [reads, sum, here = 0] = await counts()
  expect([reads, sum]).toEqual([2000, 6000])
  // Both workers took part.
  expect(here).toBeGreaterThan(0)
  expect(here).toBeLessThan(2000)
  await engine.terminateWorker(0)
  await engine.terminateWorker(1)
  await eventually(() => replaced === 2, 'the successors')
  await read(10)
  expect((await counts()).slice(0, 2)).toEqual([2010, 6030])
  // The memory is the driver's own business.
  expect(engine.devices()[0]).not.toHaveProperty('sharedContext')
  await engine.stop()
  expectBalanced(engine.ledger())
})
