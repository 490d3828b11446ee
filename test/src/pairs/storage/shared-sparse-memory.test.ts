import { describe, expect, it } from 'vitest'
import {
  createSharedMemory,
  SHARED_PAGE_BYTES,
  SharedSparseMemory,
} from '../../../../src/pairs/storage/shared-sparse-memory.js'

const PAGE = SHARED_PAGE_BYTES

/** Small steps of a linear congruential generator: the same numbers every time. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state / 2 ** 32
  }
}

describe('shared sparse memory', () => {
  it('behaves as plain bytes do, through successors', () => {
    const size = 6 * PAGE + 1000
    const descriptor = createSharedMemory(size, size)
    const model = new Uint8Array(size)
    const random = numbers(7)
    const upTo = (limit: number) => Math.floor(random.next().value * limit)
    let memory = new SharedSparseMemory(descriptor)
    let differences = 0
    for (let step = 0; step < 600; step++) {
      const offset = upTo(size)
      const length = upTo(Math.min(size - offset, upTo(3) === 0 ? 3 * PAGE : 3000)) + 1
      const count = Math.min(length, size - offset)
      const kind = upTo(5)
      if (kind < 2) {
        const bytes = new Uint8Array(count).fill(step)
        if (!memory.write(offset, bytes)) throw new Error(`no room at ${offset}`)
        model.set(bytes, offset)
      } else if (kind === 2) {
        memory.discard(offset, count)
        model.fill(0, offset, offset + count)
      } else {
        const target = new Uint8Array(count).fill(0xee)
        memory.read(offset, target)
        if (Buffer.compare(target, model.subarray(offset, offset + count)) !== 0) differences++
      }
      if (step % 50 === 0) memory = new SharedSparseMemory(descriptor)
    }
    expect(differences).toBe(0)
  })

  it('takes only what is written, and gives it back for other pages', () => {
    const descriptor = createSharedMemory(1000 * PAGE, 3 * PAGE)
    const memory = new SharedSparseMemory(descriptor)
    const byte = Uint8Array.of(9)
    for (const page of [1, 500, 999]) expect(memory.write(page * PAGE + 5, byte)).toBe(true)
    expect(memory.residentBytes).toBe(3 * PAGE)
    expect(memory.write(7 * PAGE, byte)).toBe(false)
    expect(memory.write(500 * PAGE + 6, byte)).toBe(true)
    expect(memory.write(499 * PAGE, new Uint8Array(2 * PAGE))).toBe(false)
    memory.discard(500 * PAGE, PAGE - 1)
    expect(memory.residentBytes).toBe(3 * PAGE)
    memory.discard(500 * PAGE, PAGE)
    expect(memory.write(7 * PAGE + 100, byte)).toBe(true)
    // The page that was given back is clean.
    const target = new Uint8Array(PAGE)
    memory.read(7 * PAGE, target)
    expect(target.filter((value) => value !== 0)).toEqual(byte)
    expect(target[100]).toBe(9)
  })

  it('a successor finds what is free by itself', () => {
    const descriptor = createSharedMemory(10 * PAGE, 4 * PAGE)
    const first = new SharedSparseMemory(descriptor)
    for (const page of [0, 1, 2, 3]) first.write(page * PAGE, Uint8Array.of(page + 1))
    first.discard(PAGE, PAGE)
    first.discard(3 * PAGE, PAGE)
    const successor = new SharedSparseMemory(descriptor)
    expect(successor.residentBytes).toBe(2 * PAGE)
    expect(successor.write(8 * PAGE, Uint8Array.of(8))).toBe(true)
    expect(successor.write(9 * PAGE, Uint8Array.of(9))).toBe(true)
    expect(successor.write(5 * PAGE, Uint8Array.of(5))).toBe(false)
    const target = new Uint8Array(1)
    for (const [page, value] of [
      [0, 1],
      [1, 0],
      [2, 3],
      [8, 8],
      [9, 9],
    ] as const) {
      successor.read(page * PAGE, target)
      expect(target[0]).toBe(value)
    }
  })

  it.each([
    [0, 1],
    [1.5, 1],
    [2 ** 45, 1],
    [4096, 0],
    [4096, Number.NaN],
  ])('a disk of %d bytes with a limit of %d cannot be', (bytes, limit) => {
    expect(() => createSharedMemory(bytes, limit)).toThrow(
      expect.objectContaining({ code: 'ERR_IRP_DISK_SIZE' }),
    )
  })
})
