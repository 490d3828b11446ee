/**
 * The NVMe-like device against commands that the shipped driver never sends.
 */
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../native-sim/hardware-clock.js'
import { NvmeDevice, type NvmeOptions } from '../../native-sim/nvme-device.js'
import * as nvme from '../../src/abi/nvme-registers.js'
import { Registers } from '../../src/framework/registers.js'
import { createInterruptBlock, InterruptLines } from '../../src/irp/interrupt-block.js'

const ENTRIES = 4
const ADMIN_SQ = 0
const ADMIN_CQ = 4096
const IO_SQ = 8192
const IO_CQ = 12_288
const DATA = 16_384
const WINDOW = 6

function bench(options: Partial<NvmeOptions> = {}) {
  const doorbell = { buffer: new SharedArrayBuffer(512), word: 0 }
  const lines = new InterruptLines(createInterruptBlock(2), doorbell)
  const clock = new VirtualClock()
  const bar = NvmeDevice.createBar()
  const both = [lines.allocate(), lines.allocate()]
  const device = new NvmeDevice({ name: 'nvme0', bar, lines: both, clock, ...options })
  const memory = new SharedArrayBuffer(65_536)
  device.mapDma({ window: WINDOW, buffer: memory, byteOffset: 0, byteLength: 65_536 })
  const words = new Int32Array(memory)
  const registers = new Registers(bar)
  registers.step = () => void device.poll(64)
  const queues = [
    { sq: ADMIN_SQ, cq: ADMIN_CQ, tail: 0, head: 0, phase: nvme.CQE_PHASE },
    { sq: IO_SQ, cq: IO_CQ, tail: 0, head: 0, phase: nvme.CQE_PHASE },
  ]
  registers.write(nvme.NVME_ADMIN_SIZES, (ENTRIES - 1) | ((ENTRIES - 1) << 16))
  registers.write64(nvme.NVME_ADMIN_SQ, ADMIN_SQ, WINDOW)
  registers.write64(nvme.NVME_ADMIN_CQ, ADMIN_CQ, WINDOW)
  registers.write(nvme.NVME_CONFIGURATION, nvme.NVME_ENABLE)
  expect(registers.read(nvme.NVME_STATUS)).toBe(nvme.NVME_READY)

  const send = (queue: number, fields: Record<number, number>): void => {
    const q = queues[queue]!
    const entry = q.sq / 4 + q.tail * nvme.NVME_SQE_WORDS
    words.fill(0, entry, entry + nvme.NVME_SQE_WORDS)
    for (const [at, value] of Object.entries(fields)) words[entry + Number(at)] = value
    q.tail = (q.tail + 1) % ENTRIES
    registers.write(nvme.NVME_DOORBELLS + queue * nvme.NVME_DOORBELL_STRIDE, q.tail)
  }
  /** The next completion's id and status; undefined when there is none. */
  const take = (queue: number): [id: number, status: number] | undefined => {
    const q = queues[queue]!
    const word = words[q.cq / 4 + q.head * nvme.NVME_CQE_WORDS + nvme.CQE_STATUS]!
    if ((word & nvme.CQE_PHASE) !== q.phase) return undefined
    if (++q.head === ENTRIES) {
      q.head = 0
      q.phase ^= nvme.CQE_PHASE
    }
    const tail = nvme.NVME_DOORBELLS + queue * nvme.NVME_DOORBELL_STRIDE
    registers.write(tail + nvme.NVME_COMPLETION_DOORBELL, q.head)
    return [word & nvme.CQE_ID_MASK, word >>> nvme.CQE_STATUS_SHIFT]
  }
  /** One command and its status. */
  const ask = (queue: number, fields: Record<number, number>): number | undefined => {
    send(queue, fields)
    device.poll(64)
    return take(queue)?.[1]
  }
  const createIo = (): void => {
    const size = 1 | ((ENTRIES - 1) << 16)
    expect(ask(0, { 0: 5, 6: IO_CQ, 7: WINDOW, 10: size, 11: 3 | (1 << 16) })).toBe(0)
    expect(ask(0, { 0: 1, 6: IO_SQ, 7: WINDOW, 10: size, 11: 1 | (1 << 16) })).toBe(0)
  }
  const io = (opcode: number, fields: Record<number, number> = {}): Record<number, number> => ({
    0: opcode,
    1: 1,
    6: DATA,
    7: WINDOW,
    ...fields,
  })
  return { device, registers, clock, ask, send, take, createIo, io, words }
}

describe('admin commands', () => {
  it.each([
    ['an unknown one', { 0: 0x7f }, nvme.NVME_INVALID_OPCODE],
    ['identify what is not there', { 0: 6, 6: DATA, 7: WINDOW, 10: 9 }, nvme.NVME_INVALID_FIELD],
    ['identify namespace 2', { 0: 6, 1: 2, 6: DATA, 7: WINDOW }, nvme.NVME_INVALID_NAMESPACE],
    ['identify into nowhere', { 0: 6, 6: DATA, 7: 99, 10: 1 }, nvme.NVME_DATA_TRANSFER_ERROR],
    ['a queue 0', { 0: 5, 10: 0x30000, 11: 1 }, nvme.NVME_INVALID_QUEUE_ID],
    ['a queue 16', { 0: 5, 10: 0x30010, 11: 1 }, nvme.NVME_INVALID_QUEUE_ID],
    ['a queue of one entry', { 0: 5, 10: 1, 11: 1 }, nvme.NVME_INVALID_QUEUE_SIZE],
    ['a scattered queue', { 0: 5, 10: 0x30001 }, nvme.NVME_INVALID_FIELD],
    ['a third vector', { 0: 5, 10: 0x30001, 11: 3 | (2 << 16) }, nvme.NVME_INVALID_VECTOR],
    ['a queue nowhere', { 0: 5, 7: 9, 10: 0x30001, 11: 1 }, nvme.NVME_DATA_TRANSFER_ERROR],
    [
      'a submission queue alone',
      { 0: 1, 10: 0x30001, 11: 1 | (1 << 16) },
      nvme.NVME_INVALID_COMPLETION_QUEUE,
    ],
  ])('%s', (_what, fields, status) => {
    const { ask } = bench()
    expect(ask(0, fields)).toBe(status)
  })

  it('a queue that is there already', () => {
    const { ask, createIo } = bench()
    createIo()
    expect(ask(0, { 0: 5, 6: IO_CQ, 7: WINDOW, 10: 0x30001, 11: 1 })).toBe(
      nvme.NVME_INVALID_QUEUE_ID,
    )
  })
})

describe('I/O commands', () => {
  it.each([
    ['an unknown one', [0x55, {}], nvme.NVME_INVALID_OPCODE],
    ['namespace 2', [nvme.NVME_READ, { 1: 2 }], nvme.NVME_INVALID_NAMESPACE],
    ['beyond the end', [nvme.NVME_READ, { 10: 99, 12: 1 }], nvme.NVME_OUT_OF_RANGE],
    ['far beyond', [nvme.NVME_WRITE, { 11: -1 }], nvme.NVME_OUT_OF_RANGE],
    ['unmapped memory', [nvme.NVME_READ, { 7: 1 }], nvme.NVME_DATA_TRANSFER_ERROR],
    ['a second page that is none', [nvme.NVME_READ, { 8: 12, 12: 15 }], nvme.NVME_INVALID_PRP],
    [
      'a list out of reach',
      [nvme.NVME_WRITE, { 8: 65_532, 9: WINDOW, 12: 31 }],
      nvme.NVME_DATA_TRANSFER_ERROR,
    ],
  ] as [string, [number, Record<number, number>], number][])(
    '%s',
    (_what, [opcode, fields], status) => {
      const { ask, createIo, io, device } = bench({ blocks: 100 })
      createIo()
      const before = device.report().dmaBytesWritten
      expect(ask(1, io(opcode, fields))).toBe(status)
      expect(device.report().dmaBytesWritten).toBe(before)
    },
  )

  it('the last block, and a flush', () => {
    const { ask, createIo, io } = bench({ blocks: 100 })
    createIo()
    expect(ask(1, io(nvme.NVME_READ, { 10: 99 }))).toBe(nvme.NVME_SUCCESS)
    expect(ask(1, io(nvme.NVME_FLUSH))).toBe(nvme.NVME_SUCCESS)
  })

  it('waits with a completion until there is room for it', () => {
    const { device, send, take, createIo, io } = bench()
    createIo()
    // The completion queue holds three; the driver takes none.
    for (let id = 1; id <= 3; id++) send(1, io(nvme.NVME_FLUSH | (id << 16)))
    device.poll(64)
    send(1, io(nvme.NVME_FLUSH | (4 << 16)))
    device.poll(64)
    device.poll(64)
    expect([device.hasWork(), device.nextUs()]).toEqual([false, Infinity])
    expect([take(1), take(1), take(1), take(1)]).toEqual([[1, 0], [2, 0], [3, 0], undefined])
    expect(device.hasWork()).toBe(true)
    device.poll(64)
    expect([take(1), device.hasWork()]).toEqual([[4, 0], false])
  })

  it('takes its time, and ends commands in order', () => {
    const { device, send, take, createIo, io, clock } = bench({ latencyUs: 100 })
    createIo()
    send(1, io(nvme.NVME_READ | (1 << 16)))
    device.poll(64)
    clock.advance(60)
    send(1, io(nvme.NVME_READ | (2 << 16)))
    device.poll(64)
    expect([take(1), device.nextUs()]).toEqual([undefined, 100])
    clock.advance(40)
    device.poll(64)
    expect([take(1), take(1), device.nextUs()]).toEqual([[1, 0], undefined, 160])
    clock.advance(60)
    device.poll(64)
    expect([take(1), device.hasWork()]).toEqual([[2, 0], false])
  })

  it('a doorbell out of the queue is fatal: what was fetched ends, and the device goes to rest until it is reset', () => {
    const { device, registers, createIo, send, take, io, clock, ask } = bench({ latencyUs: 100 })
    createIo()
    send(1, io(nvme.NVME_FLUSH))
    device.poll(64)
    const doorbell = nvme.NVME_DOORBELLS + nvme.NVME_DOORBELL_STRIDE
    registers.write(doorbell, ENTRIES)
    device.poll(64)
    expect(registers.read(nvme.NVME_STATUS)).toBe(nvme.NVME_READY | nvme.NVME_FATAL)
    registers.write(doorbell, 2)
    expect([device.poll(64), device.hasWork()]).toEqual([0, false])
    clock.advance(200)
    device.poll(64)
    expect(take(1)).toEqual([0, nvme.NVME_SUCCESS])
    // The admin queue goes on.
    expect(ask(0, { 0: nvme.NVME_ADMIN_IDENTIFY, 6: DATA, 7: WINDOW, 10: 1 })).toBe(0)
    registers.write(nvme.NVME_CONFIGURATION, 0)
    expect(registers.read(nvme.NVME_STATUS)).toBe(0)
  })

  it('a reset forgets queues and commands', () => {
    const { device, registers, send, take, createIo, io, clock } = bench({ latencyUs: 100 })
    createIo()
    send(1, io(nvme.NVME_READ))
    device.poll(64)
    registers.write(nvme.NVME_CONFIGURATION, 0)
    expect(registers.read(nvme.NVME_STATUS)).toBe(0)
    clock.advance(200)
    device.poll(64)
    expect([take(1), device.nextUs(), device.hasWork()]).toEqual([undefined, Infinity, false])
  })
})

it.each([{ blocks: 0 }, { blocks: 2 ** 45 }, { latencyUs: -1 }, { commands: 0 }, { lines: [] }])(
  'refuses %o',
  (options) => {
    expect(() => bench(options)).toThrow(
      expect.objectContaining({ code: 'ERR_IRP_SIMULATION_OPTION' }),
    )
  },
)
