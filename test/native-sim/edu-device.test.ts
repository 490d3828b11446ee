/**
 * The edu device as its specification has it, without a driver: register by register.
 */
import { describe, expect, it } from 'vitest'
import { EduDevice, type EduOptions } from '../../native-sim/edu-device.js'
import { VirtualClock } from '../../native-sim/hardware-clock.js'
import * as edu from '../../src/abi/edu-registers.js'
import { Registers } from '../../src/framework/registers.js'
import { createInterruptBlock, InterruptLines } from '../../src/irp/interrupt-block.js'

const { EDU_STATUS, EDU_FACTORIAL, EDU_INTERRUPT_STATUS, EDU_DMA_COMMAND } = edu

function bench(options: Partial<EduOptions> = {}) {
  const doorbell = { buffer: new SharedArrayBuffer(512), word: 0 }
  const line = new InterruptLines(createInterruptBlock(1), doorbell).allocate()
  const clock = new VirtualClock()
  const bar = EduDevice.createBar()
  const device = new EduDevice({ name: 'edu0', bar, lines: [line], clock, ...options })
  const registers = new Registers(bar)
  registers.step = () => void device.poll(64)
  const memory = new SharedArrayBuffer(65_536)
  device.mapDma({ window: 2, buffer: memory, byteOffset: 4096, byteLength: 8192 })
  const after = (us: number): void => {
    clock.advance(us)
    device.poll(64)
  }
  /** Programs a transfer as the specification's examples do. */
  const transfer = (source: [number, number], to: [number, number], count: number, way: number) => {
    registers.write64(edu.EDU_DMA_SOURCE, source[1], source[0])
    registers.write64(edu.EDU_DMA_DESTINATION, to[1], to[0])
    registers.write(edu.EDU_DMA_COUNT, count)
    registers.write(EDU_DMA_COMMAND, edu.EDU_DMA_START | way)
  }
  return { device, registers, after, transfer, bytes: new Uint8Array(memory) }
}

describe('edu device', () => {
  it('identifies itself, and inverts what it is given', () => {
    const { registers } = bench()
    expect(registers.read(edu.EDU_IDENTIFICATION)).toBe(0x010000ed)
    registers.write(edu.EDU_IDENTIFICATION, 1)
    expect(registers.read(edu.EDU_IDENTIFICATION)).toBe(0x010000ed)
    registers.write(edu.EDU_LIVENESS, 0x0f0f_0f0f)
    expect(registers.read(edu.EDU_LIVENESS)).toBe(0xf0f0_f0f0 | 0)
  })

  it('computes while the status says so, and takes no other number meanwhile', () => {
    const { registers, after } = bench({ factorialUs: 100 })
    registers.write(EDU_FACTORIAL, 6)
    expect(registers.read(EDU_STATUS)).toBe(edu.EDU_COMPUTING)
    registers.write(EDU_FACTORIAL, 3)
    after(99)
    expect([registers.read(EDU_STATUS), registers.read(EDU_FACTORIAL)]).toEqual([1, 6])
    after(1)
    expect([registers.read(EDU_STATUS), registers.read(EDU_FACTORIAL)]).toEqual([0, 720])
    expect(registers.read(EDU_INTERRUPT_STATUS)).toBe(0)
  })

  it.each([
    [0, 1],
    [1, 1],
    [12, 479_001_600],
    [13, 1_932_053_504],
    [20, 2_192_834_560 | 0],
    [33, 0x8000_0000 | 0],
    [34, 0],
    [-1, 0],
  ])('%i! is %i in 32 bits', (n, product) => {
    const { registers, after } = bench()
    registers.write(EDU_FACTORIAL, n)
    registers.flush()
    after(10)
    expect(registers.read(EDU_FACTORIAL)).toBe(product)
  })

  it('raises when computed, if asked to; bit 0 of the status cannot be written', () => {
    const { registers, after, device } = bench()
    registers.write(EDU_STATUS, 0xff)
    expect(registers.read(EDU_STATUS)).toBe(edu.EDU_RAISE_WHEN_COMPUTED)
    registers.write(EDU_FACTORIAL, 3)
    registers.flush()
    after(10)
    expect(registers.read(EDU_INTERRUPT_STATUS)).toBe(edu.EDU_EVENT_FACTORIAL)
    expect(device.report().raised).toEqual([1])
    registers.write(EDU_STATUS, 0)
    expect(registers.read(EDU_STATUS)).toBe(0)
  })

  it('raises what it is told to, and is quiet when all of it is acknowledged', () => {
    const { registers, device, after } = bench()
    registers.write(edu.EDU_INTERRUPT_RAISE, 0b110)
    registers.write(edu.EDU_INTERRUPT_RAISE, 0b1000)
    registers.flush()
    expect(registers.read(EDU_INTERRUPT_STATUS)).toBe(0b1110)
    registers.write(edu.EDU_INTERRUPT_ACK, 0b1010)
    expect(registers.read(EDU_INTERRUPT_STATUS)).toBe(0b0100)
    registers.write(edu.EDU_INTERRUPT_ACK, 0b0100)
    after(0)
    expect([registers.read(EDU_INTERRUPT_STATUS), device.hasWork()]).toEqual([0, false])
    expect(registers.read(edu.EDU_INTERRUPT_RAISE)).toBe(0)
  })

  it('moves bytes to its buffer and back', () => {
    const { registers, after, transfer, bytes, device } = bench({ dmaUs: 100 })
    for (let i = 0; i < 100; i++) bytes[5000 + i] = i
    transfer([2, 5000], [0, edu.EDU_BUFFER_ADDRESS + 8], 100, 0)
    expect(registers.read(EDU_DMA_COMMAND)).toBe(edu.EDU_DMA_START)
    registers.write(edu.EDU_DMA_COUNT, 7)
    after(100)
    expect([registers.read(EDU_DMA_COMMAND), registers.read(edu.EDU_DMA_COUNT)]).toEqual([0, 100])
    transfer(
      [0, edu.EDU_BUFFER_ADDRESS + 8],
      [2, 6000],
      100,
      edu.EDU_DMA_FROM_DEVICE | edu.EDU_DMA_RAISE,
    )
    registers.flush()
    after(100)
    expect([...bytes.subarray(6000, 6101)]).toEqual([
      ...Array.from({ length: 100 }, (_, i) => i),
      0,
    ])
    expect(registers.read(EDU_INTERRUPT_STATUS)).toBe(edu.EDU_EVENT_DMA)
    expect(device.report()).toMatchObject({ dmaFaults: 0, dmaBytesRead: 100, dmaBytesWritten: 100 })
  })

  it.each([
    ['its buffer', [2, 5000], [0, edu.EDU_BUFFER_ADDRESS + 1], 4096],
    ['its buffer', [2, 5000], [0, edu.EDU_BUFFER_ADDRESS - 1], 1],
    ['its buffer', [2, 5000], [1, edu.EDU_BUFFER_ADDRESS], 1],
    ['the memory mapped', [2, 4095], [0, edu.EDU_BUFFER_ADDRESS], 1],
    ['the memory mapped', [2, 12_000], [0, edu.EDU_BUFFER_ADDRESS], 289],
    ['the memory mapped', [3, 5000], [0, edu.EDU_BUFFER_ADDRESS], 1],
  ] as [string, [number, number], [number, number], number][])(
    'a transfer out of %s is a fault, both ways',
    (_what, memory, own, count) => {
      for (const way of [0, edu.EDU_DMA_FROM_DEVICE]) {
        const { registers, after, transfer, bytes, device } = bench()
        bytes.fill(3)
        if (way === 0) transfer(memory, own, count, way)
        else transfer(own, memory, count, way | edu.EDU_DMA_RAISE)
        registers.flush()
        after(10)
        expect(registers.read(edu.EDU_DMA_RESULT)).toBe(edu.EDU_DMA_FAULT)
        expect(registers.read(EDU_DMA_COMMAND) & edu.EDU_DMA_START).toBe(0)
        expect(registers.read(EDU_INTERRUPT_STATUS)).toBe(way === 0 ? 0 : edu.EDU_EVENT_DMA)
        expect(device.report()).toMatchObject({ dmaFaults: 1, dmaBytesRead: 0, dmaBytesWritten: 0 })
        expect(new Set(bytes)).toEqual(new Set([3]))
      }
    },
  )

  it('ignores a command without the start bit', () => {
    const { registers } = bench()
    registers.write(EDU_DMA_COMMAND, edu.EDU_DMA_RAISE)
    expect(registers.read(EDU_DMA_COMMAND)).toBe(0)
  })

  it.each([{ factorialUs: -1 }, { dmaUs: NaN }, { lines: [] }, { trigger: 'edge' as 'level' }])(
    'refuses %o',
    (options) => {
      expect(() => bench(options)).toThrow(
        expect.objectContaining({ code: 'ERR_IRP_SIMULATION_OPTION' }),
      )
    },
  )
})
