import { describe, expect, it } from 'vitest'
import { createBar, RegisterBank } from '../../../native-sim/register-bank.js'
import { DOORBELL_EPOCH, DOORBELL_STATE } from '../../../src/abi/doorbell-layout.js'
import {
  ALL_ONES,
  BAR_DOORBELL,
  KIND_ACKNOWLEDGE,
  KIND_COMMAND,
  KIND_DOORBELL,
  KIND_LATCH,
  KIND_READ_ONLY,
  KIND_READ_WRITE,
  KIND_WRITE_1_CLEAR,
} from '../../../src/abi/register-layout.js'
import { Registers } from '../../../src/framework/registers.js'

const READ_ONLY = 0x00
const READ_WRITE = 0x04
const LATCH = 0x08
const ACKNOWLEDGE = 0x0c
const WRITE_1_CLEAR = 0x10
const COMMAND = 0x14
const DOORBELL = 0x1c
const NOTHING = 0x20

function bench() {
  const bar = createBar(0x24, [
    { offset: READ_ONLY, kind: KIND_READ_ONLY, reset: 0xdead_beef },
    { offset: READ_WRITE, kind: KIND_READ_WRITE },
    { offset: LATCH, kind: KIND_LATCH },
    { offset: ACKNOWLEDGE, kind: KIND_ACKNOWLEDGE, clears: LATCH },
    { offset: WRITE_1_CLEAR, kind: KIND_WRITE_1_CLEAR },
    { offset: COMMAND, kind: KIND_COMMAND, reset: 5 },
    { offset: DOORBELL, kind: KIND_DOORBELL },
  ])
  const bank = new RegisterBank(bar)
  const registers = new Registers(bar)
  const executed: number[][] = []
  /** The hardware: the command register reads twice what was written. */
  const step = (): number =>
    bank.pollCommands(100, (offset, low, high) => {
      executed.push([offset, low, high])
      bank.set(offset, low * 2)
    })
  registers.step = () => void step()
  const words = new Int32Array(bar)
  const rings = (): number => words[BAR_DOORBELL + DOORBELL_EPOCH] ?? 0
  words[BAR_DOORBELL + DOORBELL_STATE] = 1
  return { bar, bank, registers, executed, step, rings }
}

describe('Registers', () => {
  it('reads what the hardware says, and cannot write it', () => {
    const { registers, bank } = bench()
    registers.write(READ_ONLY, 1)
    expect(registers.read(READ_ONLY)).toBe(0xdead_beef | 0)
    bank.set(READ_ONLY, 7)
    expect(registers.read(READ_ONLY)).toBe(7)
  })

  it('keeps plain values where the hardware finds them', () => {
    const { registers, bank, rings } = bench()
    registers.write(READ_WRITE, 0xffff_fffe)
    expect([registers.read(READ_WRITE), bank.driverValue(READ_WRITE), rings()]).toEqual([-2, -2, 0])
  })

  it('rings the hardware with a doorbell; only the latest value counts', () => {
    const { registers, bank, rings, executed, step } = bench()
    registers.write(DOORBELL, 1)
    registers.write(DOORBELL, 2)
    step()
    expect([bank.driverValue(DOORBELL), registers.read(DOORBELL), rings()]).toEqual([2, 2, 2])
    expect(executed).toEqual([])
  })

  it('sends commands in order; a read waits for them, other reads do not', () => {
    const { registers, executed } = bench()
    registers.write(COMMAND, 10)
    registers.write64(COMMAND, 11, 99)
    registers.write(COMMAND, 12)
    registers.read(READ_WRITE)
    registers.read(LATCH)
    expect(executed).toEqual([])
    expect(registers.read(COMMAND)).toBe(24)
    expect(executed).toEqual([
      [COMMAND, 10, 0],
      [COMMAND, 11, 99],
      [COMMAND, 12, 0],
    ])
    registers.write(COMMAND, 1)
    expect(registers.read(READ_ONLY)).toBe(0xdead_beef | 0)
    expect(executed).toHaveLength(4)
  })

  it('writes 64 bits to registers without a side effect as two', () => {
    const { registers, bank } = bench()
    registers.write64(READ_WRITE, 3, 4)
    expect(bank.driverValue(READ_WRITE)).toBe(3)
    expect(() => registers.write64(NOTHING, 1, 2)).toThrow('STATUS_INVALID_ADDRESS')
  })

  it('latches: set by the hardware, cleared by the driver, at once', () => {
    const { registers, bank, rings } = bench()
    bank.setLatch(LATCH, 0b1011)
    bank.setLatch(LATCH, 0b0010)
    expect(registers.read(LATCH)).toBe(0b1011)
    registers.write(LATCH, 0b1111)
    registers.write(ACKNOWLEDGE, 0b0110)
    expect([registers.read(LATCH), bank.latch(LATCH), rings()]).toEqual([0b1001, 0b1001, 1])
    registers.write(ACKNOWLEDGE, 0b0110)
    expect([registers.read(LATCH), rings()]).toEqual([0b1001, 1])
    bank.setLatch(LATCH, 0b0010)
    registers.write(ACKNOWLEDGE, ALL_ONES)
    expect([registers.read(LATCH), registers.read(ACKNOWLEDGE)]).toEqual([0, ALL_ONES])
    bank.setLatch(WRITE_1_CLEAR, 0x8000_0001)
    registers.write(WRITE_1_CLEAR, 1)
    expect(registers.read(WRITE_1_CLEAR)).toBe(0x8000_0000 | 0)
  })

  it('a full ring stalls the driver until the hardware has caught up', () => {
    const { registers, executed, step } = bench()
    for (let i = 0; i < 2000; i++) registers.write(COMMAND, i)
    while (step() !== 0);
    expect(executed.map(([, low]) => low)).toEqual(Array.from({ length: 2000 }, (_, i) => i))
  })

  it('answers all ones where there is no register', () => {
    const { registers } = bench()
    registers.write(NOTHING, 1)
    expect(registers.read(NOTHING)).toBe(ALL_ONES)
  })

  it.each([
    [0x24, 'STATUS_INVALID_ADDRESS'],
    [-4, 'STATUS_INVALID_ADDRESS'],
    [2 ** 32, 'STATUS_INVALID_ADDRESS'],
    [1.5, 'STATUS_INVALID_ADDRESS'],
    [NaN, 'STATUS_INVALID_ADDRESS'],
    [2, 'STATUS_DATATYPE_MISALIGNMENT'],
    [-3, 'STATUS_DATATYPE_MISALIGNMENT'],
  ])('refuses offset %d with %s', (offset, code) => {
    const { registers } = bench()
    const refusal = expect.objectContaining({ code, value: offset })
    expect(() => registers.read(offset)).toThrow(refusal)
    expect(() => registers.write(offset, 0)).toThrow(refusal)
  })

  it('reads all ones after surprise removal, and writes have no effect', () => {
    const { registers, bank, executed, step } = bench()
    registers.write(COMMAND, 1)
    bank.setLatch(LATCH, 1)
    bank.remove()
    expect(registers.isRemoved).toBe(true)
    for (const offset of [READ_ONLY, READ_WRITE, LATCH, COMMAND, DOORBELL]) {
      registers.write(offset, 3)
      expect(registers.read(offset)).toBe(ALL_ONES)
    }
    expect(bank.latch(LATCH)).toBe(1)
    registers.write64(COMMAND, 1, 2)
    step()
    expect(executed).toEqual([])
  })

  it('gives up on hardware that executes nothing', () => {
    const { registers } = bench()
    registers.step = null
    registers.write(COMMAND, 1)
    expect(() => registers.read(COMMAND)).toThrow(
      expect.objectContaining({ code: 'STATUS_IO_TIMEOUT' }),
    )
  })

  it('is told from other memory', () => {
    expect(() => new Registers(new SharedArrayBuffer(4096))).toThrow('STATUS_INVALID_PARAMETER')
  })
})
