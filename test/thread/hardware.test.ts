/**
 * Simulated hardware on a thread of its own, a Framework worker and a host: register writes, interrupts, DPCs and
 * DMA between three real threads, from the host's promise to the completion.
 */
import { describe, expect, it } from 'vitest'
import type * as NativeSim from '../../native-sim/index.js'
import { drivers, Engine, fixture, irpool } from './built.js'
import type { LevelOptions } from '../../src/index.js'
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

/** A disk below other drivers; its first two blocks have been written. */
async function stackOn(above: readonly LevelOptions[]) {
  const engine = await Engine.start({ workers: 1 })
  const lines = engine.allocateInterruptLines(0, 2)
  const disk = await SimulatedHardware.start({ device: { model: 'nvme', name: 'nvme0' }, lines })
  await disk.mapDma(channelWindow(engine.channel))
  await engine.addDevice({
    name: 'disk0',
    stack: [...above, { driver: drivers.nvme }],
    hardware: disk.resources,
  })
  const file = await engine.open('disk0')
  await file.write(block(0))
  await file.write(block(1), { offset: 512 })
  const stop = async (): Promise<void> => {
    await engine.stop()
    const { dmaFaults } = await disk.stop()
    expect(dmaFaults).toBe(0)
    expectBalanced(engine.ledger())
  }
  return { file, stop }
}

describe('a stack', () => {
  it('has its hardware at the function driver, and DMA into the buffers of the host that asked', async () => {
    const { file, stop } = await stackOn([
      { driver: drivers.stats, role: 'filter' },
      { driver: fixture('level'), role: 'filter', parameters: { how: 'routine' } },
      { driver: fixture('level'), role: 'filter', parameters: { how: 'forget' } },
    ])
    const bytes = new Uint8Array(1024)
    expect(await file.read(bytes)).toMatchObject({ information: 1024 })
    expect(bytes).toEqual(Uint8Array.of(...block(0), ...block(1)))
    await stop()
  })

  it('moves data into a part of a channel that a driver above chose', async () => {
    const filter = { driver: fixture('rebuffering-filter'), role: 'filter' } as const
    const { file, stop } = await stackOn([{ ...filter, parameters: { memory: 'part' } }])
    const bytes = new Uint8Array(1024)
    await file.read(bytes)
    expect(bytes.subarray(512)).toEqual(block(0))
    await stop()
  })

  it('refuses memory that no device reaches, and nothing else', async () => {
    const filter = { driver: fixture('rebuffering-filter'), role: 'filter' } as const
    const { file, stop } = await stackOn([{ ...filter, parameters: { memory: 'private' } }])
    await expect(file.read(new Uint8Array(512))).rejects.toMatchObject({
      code: 'STATUS_INVALID_DEVICE_REQUEST',
    })
    await file.write(block(2), { offset: 1024 })
    await stop()
  })
})

it('hardware is plugged and unplugged as often as one likes, on the worker of its lines', async () => {
  const engine = await Engine.start({ workers: 2 })
  for (let round = 0; round < 40; round++) {
    const worker = round % 2
    const lines = engine.allocateInterruptLines(worker, 2)
    const disk = await SimulatedHardware.start({ device: { model: 'nvme', name: 'nvme0' }, lines })
    await disk.mapDma(channelWindow(engine.channel))
    const options = { name: 'nvme0', driver: drivers.nvme, hardware: disk.resources }
    await expect(engine.addDevice({ ...options, worker: 1 - worker })).rejects.toMatchObject({
      code: 'ERR_IRP_OPTION',
      value: 1 - worker,
    })
    expect(await engine.addDevice(options)).toMatchObject({ homeWorker: worker })
    const file = await engine.open('nvme0')
    await file.write(block(round))
    expect(() => engine.releaseInterruptLines(lines)).toThrow(
      expect.objectContaining({ code: 'ERR_IRP_OPTION', value: lines[0] }) as Error,
    )
    await file.close()
    await engine.removeDevice('nvme0')
    await disk.stop()
    engine.releaseInterruptLines(lines)
  }
  await engine.stop()
  expectBalanced(engine.ledger())
})

it('a device has its hardware for itself, and its interrupts in time', async () => {
  const engine = await Engine.start({ workers: 2 })
  const lines = engine.allocateInterruptLines(1, 1)
  const edu = await SimulatedHardware.start({ device: { model: 'edu', name: 'edu0' }, lines })
  const options = { name: 'edu0', driver: drivers.edu, hardware: edu.resources }
  // No watchdog stands in for an interrupt.
  const patient = { ...options, parameters: { watchdogMs: 2 ** 30 } }
  expect(await engine.addDevice(patient)).toMatchObject({ homeWorker: 1 })
  await expect(engine.addDevice({ ...options, name: 'edu1' })).rejects.toMatchObject({
    code: 'ERR_IRP_OPTION',
    value: 'edu0',
  })
  const file = await engine.open('edu0')
  const answer = new Uint8Array(4)
  await file.ioctl(irpool.IOCTL_EDU_FACTORIAL, Uint8Array.of(5, 0, 0, 0), answer)
  expect(answer[0]).toBe(120)
  await file.close()
  // Whoever has it next finds it free.
  await engine.removeDevice('edu0')
  expect(await engine.addDevice({ ...options, name: 'edu1' })).toMatchObject({ homeWorker: 1 })
  await engine.stop()
  await edu.stop()
})
