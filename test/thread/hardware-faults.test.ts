/**
 * Hardware that errs and drivers that treat theirs badly, on real threads, beside a healthy device on the same worker:
 * each fault has its status or its report, and the device fails alone.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type * as NativeSim from '../../native-sim/index.js'
import type { FaultOptions } from '../../native-sim/index.js'
import type { DriverFault, Engine as EngineType, IrpFile } from '../../src/index.js'
import { BAD } from '../fixtures/drivers/bad-hardware.js'
import { drivers, Engine, fixture, irpool } from './built.js'
import { errorOf, eventually, expectBalanced } from './helpers.js'

const { SimulatedHardware, channelWindow } = (await import(
  new URL('../../build/native-sim/index.js', import.meta.url).href
)) as typeof NativeSim

const {
  STATUS_DATATYPE_MISALIGNMENT,
  STATUS_DEVICE_NOT_CONNECTED,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_ADDRESS,
  STATUS_IO_DEVICE_ERROR,
  STATUS_SUCCESS,
} = irpool

let engine: EngineType
let healthy: IrpFile
const running: NativeSim.SimulatedHardware[] = []
const faults: DriverFault[] = []

/** A device with hardware; its driver's file. */
async function plugIn(
  device: NativeSim.HardwareModel,
  driver: URL | string,
  parameters: Record<string, unknown> = {},
): Promise<IrpFile> {
  const lines = engine.allocateInterruptLines(0, device.model === 'nvme' ? 2 : 1)
  const hardware = await SimulatedHardware.start({ device, lines })
  running.push(hardware)
  await hardware.mapDma(channelWindow(engine.channel))
  await engine.addDevice({
    name: device.name,
    driver,
    parameters,
    hardware: hardware.resources,
  })
  return engine.open(device.name)
}

async function statusesOf(file: IrpFile, count: number): Promise<number[]> {
  const results = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      file.read(new Uint8Array(512), { offset: (i % 8) * 512, rejectOnFailure: false }),
    ),
  )
  return results.map(({ status }) => status)
}

/** Writes a block to the healthy device and reads it back. */
async function expectHealthy(): Promise<void> {
  const block = new Uint8Array(512).fill(7)
  await healthy.write(block, { offset: 1024 })
  const back = new Uint8Array(512)
  await healthy.read(back, { offset: 1024 })
  expect(back).toEqual(block)
}

beforeEach(async () => {
  faults.length = 0
  engine = await Engine.start({ workers: 1 })
  engine.on('driverFault', (fault) => faults.push(fault))
  healthy = await plugIn({ model: 'nvme', name: 'healthy' }, drivers.nvme)
})

afterEach(async () => {
  await engine.stop()
  for (const hardware of running.splice(0)) await hardware.stop().catch(() => {})
  expectBalanced(engine.ledger())
})

const FAULTS: readonly [what: string, faults: FaultOptions, outcomes: readonly number[]][] = [
  ['late interrupts', { lateInterrupt: { probability: 0.5, delayUs: 500 } }, [STATUS_SUCCESS]],
  ['lost interrupts', { lostInterrupt: { probability: 0.5 } }, [STATUS_SUCCESS]],
  ['spurious interrupts', { spuriousInterrupt: { probability: 1 } }, [STATUS_SUCCESS]],
  ['slow DMA', { slowDma: { probability: 0.5, delayUs: 500 } }, [STATUS_SUCCESS]],
  ['failing DMA', { failedDma: { probability: 0.5 } }, [STATUS_SUCCESS, STATUS_IO_DEVICE_ERROR]],
]

describe('an NVMe-like device with', () => {
  it.each(FAULTS)('%s', { timeout: 30_000 }, async (_what, options, outcomes) => {
    const device = { model: 'nvme', name: 'bad', faults: options } as const
    const file = await plugIn(device, drivers.nvme, { watchdogMs: 10 })
    const seen = new Set<number>()
    for (let round = 0; round < 10; round++) {
      for (const status of await statusesOf(file, 64)) seen.add(status)
    }
    expect([...seen].toSorted((a, b) => b - a)).toEqual(outcomes.toSorted((a, b) => b - a))
    await expectHealthy()
  })
})

it('a device that is pulled out under load: its requests end, and the next ones', async () => {
  const file = await plugIn({ model: 'nvme', name: 'bad' }, drivers.nvme, { watchdogMs: 10 })
  expect(new Set(await statusesOf(file, 64))).toEqual(new Set([STATUS_SUCCESS]))
  const underWay = statusesOf(file, 64)
  await running.at(-1)?.surpriseRemove()
  const ends = new Set([STATUS_SUCCESS, STATUS_DEVICE_NOT_CONNECTED])
  expect((await underWay).filter((status) => !ends.has(status))).toEqual([])
  expect(new Set(await statusesOf(file, 64))).toEqual(new Set([STATUS_DEVICE_NOT_CONNECTED]))
  await expectHealthy()
})

describe('an edu-like device with', () => {
  it('a line that sticks for ever: it is switched off and reported, requests go on', async () => {
    const stuckInterrupt = { probability: 1, forUs: Infinity }
    const device = { model: 'edu', name: 'bad', faults: { stuckInterrupt } } as const
    const file = await plugIn(device, drivers.edu, { watchdogMs: 10 })
    expect(new Set(await statusesOf(file, 20))).toEqual(new Set([STATUS_SUCCESS]))
    await eventually(() => faults.length > 0, 'the report of the stuck line')
    expect(faults[0]).toMatchObject({ device: 'bad', callback: 'EvtInterruptIsr' })
    expect(faults[0]?.error.message).toContain('nobody claimed it 1000 times')
    await expectHealthy()
  })

  it(
    'a thread that was killed: its request ends, and the next ones',
    { timeout: 30_000 },
    async () => {
      const file = await plugIn({ model: 'edu', name: 'bad' }, drivers.edu, { watchdogMs: 10 })
      await running.at(-1)?.terminate()
      const statuses = new Set(await statusesOf(file, 2))
      expect([...statuses].every((status) => status < 0)).toBe(true)
      await expectHealthy()
    },
  )
})

describe('a driver that', () => {
  const CASES: readonly [what: string, offset: number, status: number][] = [
    ['reads a register out of range', BAD.registerOutOfRange, STATUS_INVALID_ADDRESS],
    ['writes a register in the middle', BAD.registerMisaligned, STATUS_DATATYPE_MISALIGNMENT],
    [
      'takes more common memory than there is',
      BAD.tooMuchCommonMemory,
      STATUS_INSUFFICIENT_RESOURCES,
    ],
  ]

  it.each(CASES)('%s fails its own request', async (_what, offset, status) => {
    const file = await plugIn({ model: 'edu', name: 'bad' }, fixture('bad-hardware'))
    const bytes = new Uint8Array(16)
    expect((await file.read(bytes, { offset, rejectOnFailure: false })).status).toBe(status)
    expect((await file.read(bytes, { offset: 100 })).status).toBe(STATUS_SUCCESS)
    await expectHealthy()
  })

  it.each([
    ['throws in its ISR', BAD.isrThrows, 'EvtInterruptIsr', 'the ISR throws'],
    ['throws in its DPC', BAD.dpcThrows, 'EvtInterruptDpc', 'the DPC throws'],
  ])('%s is reported, and interrupts go on', async (_what, offset, callback, message) => {
    const file = await plugIn({ model: 'edu', name: 'bad' }, fixture('bad-hardware'))
    for (let i = 0; i < 3; i++) {
      expect((await file.read(new Uint8Array(16), { offset })).status).toBe(STATUS_SUCCESS)
    }
    await eventually(() => faults.length >= 3, 'three reports')
    const others = faults.filter((fault) => fault.callback !== callback || fault.device !== 'bad')
    expect(others).toEqual([])
    expect(faults.every(({ error }) => error.message.includes(message))).toBe(true)
    await expectHealthy()
  })

  it('takes the interrupt lock twice hears of it', async () => {
    const file = await plugIn({ model: 'edu', name: 'bad' }, fixture('bad-hardware'))
    const options = { offset: BAD.lockTwice, rejectOnFailure: false }
    expect((await file.read(new Uint8Array(16), options)).status).toBeLessThan(0)
    await eventually(() => faults.length > 0, 'the report')
    expect(faults[0]?.error).toMatchObject({ code: 'WDF_RECURSIVE_LOCK' })
    expect((await file.read(new Uint8Array(16), options)).status).toBeLessThan(0)
    await expectHealthy()
  })

  it('creates an interrupt that KMDF refuses has no device', async () => {
    const adding = plugIn({ model: 'edu', name: 'bad' }, fixture('bad-hardware'), { refuse: true })
    const error = await errorOf(() => adding)
    expect(error.message).toContain('automaticSerialization')
    await expectHealthy()
  })
})
