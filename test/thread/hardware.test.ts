/**
 * Simulated hardware on a thread of its own, a Framework worker and a host: register writes, interrupts, DPCs and
 * DMA between three real threads, from the host's promise to the completion.
 */
import { expect, it } from 'vitest'
import type * as NativeSim from '../../native-sim/index.js'
import { drivers, Engine, irpool } from './built.js'
import { expectBalanced } from './helpers.js'

const { SimulatedHardware, channelWindow } = (await import(
  new URL('../../build/native-sim/index.js', import.meta.url).href
)) as typeof NativeSim

/** Content of a block, different for each. */
function block(i: number): Uint8Array {
  return new Uint8Array(512).fill(i + 1)
}

it('edu: a computation ends in an interrupt, DMA goes both ways', async () => {
  const engine = await Engine.start({ workers: 1 })
  const lines = engine.allocateInterruptLines(0, 1)
  const edu = await SimulatedHardware.start({ device: { model: 'edu', name: 'edu0' }, lines })
  await edu.mapDma(channelWindow(engine.channel))
  await engine.addDevice({ name: 'edu0', driver: drivers.edu, hardware: edu.resources })
  const file = await engine.open('edu0')
  const answer = new Uint8Array(4)
  for (const [n, factorial] of [
    [5, 120],
    [10, 3_628_800],
  ] as const) {
    await file.ioctl(irpool.IOCTL_EDU_FACTORIAL, Uint8Array.of(n, 0, 0, 0), answer)
    expect(new DataView(answer.buffer).getInt32(0, true)).toBe(factorial)
  }
  const bytes = Uint8Array.from({ length: 4096 }, (_, i) => i * 3)
  await file.write(bytes)
  const back = new Uint8Array(4096)
  await file.read(back)
  expect(back).toEqual(bytes)
  await engine.stop()
  await edu.stop()
  expectBalanced(engine.ledger())
})

it('nvme: what was written is read, many at once', async () => {
  const engine = await Engine.start({ workers: 1 })
  const lines = engine.allocateInterruptLines(0, 2)
  const disk = await SimulatedHardware.start({ device: { model: 'nvme', name: 'nvme0' }, lines })
  await disk.mapDma(channelWindow(engine.channel))
  await engine.addDevice({ name: 'nvme0', driver: drivers.nvme, hardware: disk.resources })
  const file = await engine.open('nvme0')
  const places = Array.from({ length: 100 }, (_, i) => i)
  await Promise.all(places.map((i) => file.write(block(i), { offset: i * 512 })))
  const read = await Promise.all(
    places.map(async (i) => {
      const bytes = new Uint8Array(512)
      await file.read(bytes, { offset: i * 512 })
      return bytes
    }),
  )
  expect(read).toEqual(places.map(block))
  await engine.stop()
  await disk.stop()
  expectBalanced(engine.ledger())
})
