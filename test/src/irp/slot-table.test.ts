import { describe, expect, it } from 'vitest'
import { Random } from '../../../native-sim/random.js'
import {
  MAX_WORKERS,
  SLOT_CANCEL_SENT,
  SLOT_HAS_CALL,
  SlotTable,
} from '../../../src/irp/slot-table.js'

/** The slot that was taken, -1 when there is none; the handle must name it. */
function acquire(table: SlotTable, worker: number, context: number, sequence: number): number {
  const handle = table.acquire(worker, context, sequence)
  if (handle < 0) return handle
  const slot = handle & table.mask
  // No expect: a test takes millions.
  if (table.handleOf(slot) !== handle || table.slotOf(handle) !== slot) {
    throw new Error(`handle ${handle} does not name slot ${slot}`)
  }
  return slot
}

const STARTS = [0, -1, 2 ** 31 - 2, 2 ** 32 - 3]

describe('SlotTable', () => {
  it.each(STARTS)('gives slots out in the order in which they came back, from %i', (start) => {
    const table = new SlotTable(4, start)
    const counts: number[] = []
    const first = [0, 1, 2, 3].map(() => {
      counts.push(table.freeCount - table.inFlight)
      return acquire(table, 0, 0, 1)
    })
    expect(counts).toEqual([4, 2, 0, -2])
    expect(first.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3])
    expect([table.freeCount, table.inFlight]).toEqual([0, 4])
    expect(acquire(table, 0, 0, 1)).toBe(-1)
    for (const slot of [2, 0, 3]) table.release(slot)
    expect([table.freeCount, table.inFlight]).toEqual([3, 1])
    expect([0, 1, 2].map(() => acquire(table, 0, 0, 1))).toEqual([2, 0, 3])
    expect(acquire(table, 0, 0, 1)).toBe(-1)
  })

  it('says who has a slot, and what the caller said of it', () => {
    const table = new SlotTable(2)
    const slot = acquire(table, MAX_WORKERS - 1, -7, 2 ** 31 - 1)
    table.setFlag(slot, SLOT_HAS_CALL)
    expect(table.ownerOf(slot)).toBe(MAX_WORKERS - 1)
    expect(table.contextOf(slot)).toBe(-7)
    expect(table.sequenceOf(slot)).toBe(2 ** 31 - 1)
    expect(table.stateOf(slot) & SLOT_HAS_CALL).not.toBe(0)
    table.setSequence(slot, 3)
    table.setFlag(slot, SLOT_CANCEL_SENT)
    expect(table.sequenceOf(slot)).toBe(3)
    expect(table.ownerOf(slot)).toBe(MAX_WORKERS - 1)
    table.release(slot)
    expect(table.ownerOf(slot)).toBe(-1)
    expect(table.stateOf(slot) & (SLOT_HAS_CALL | SLOT_CANCEL_SENT)).toBe(0)
    expect(table.ownerOf(1 - slot)).toBe(-1)
  })

  it('knows a handle for as long as its request is in flight, and no longer', () => {
    const table = new SlotTable(1)
    const seen = new Set<number>()
    for (let use = 0; use < 100; use++) {
      expect(acquire(table, 0, 0, 1)).toBe(0)
      const handle = table.handleOf(0)
      expect(handle).toBeGreaterThanOrEqual(0)
      expect(table.slotOf(handle)).toBe(0)
      for (const old of seen) expect(table.slotOf(old)).toBe(-1)
      seen.add(handle)
      table.release(0)
      expect(table.slotOf(handle)).toBe(-1)
    }
    expect(seen.size).toBe(100)
  })

  it('keeps its handle when a flag is set', () => {
    const table = new SlotTable(8)
    const slot = acquire(table, 3, 0, 1)
    const handle = table.handleOf(slot)
    table.setFlag(slot, SLOT_CANCEL_SENT)
    expect(table.handleOf(slot)).toBe(handle)
    expect(table.slotOf(handle)).toBe(slot)
  })

  it.each([-1, 0.5, NaN, 2 ** 31, 2 ** 40, 0x7fffffff])('does not know handle %d', (handle) => {
    const table = new SlotTable(4)
    for (let slot = 0; slot < 4; slot++) acquire(table, 0, 0, 1)
    expect(table.slotOf(handle)).toBe(-1)
  })

  it.each([1, 1024, 65_536])('never has a negative handle, with %i slots', (slotCount) => {
    const table = new SlotTable(slotCount)
    // A generation has 23 bits: walk one slot over their end and over bit 31 of the handle.
    const uses = Math.min(2 ** 23, 2 ** 31 / slotCount) + 3
    let least = 0
    for (let use = 0; use < uses; use++) {
      const slot = acquire(table, 1, 0, 1)
      const handle = table.handleOf(slot)
      if (handle < least) least = handle
      if (table.slotOf(handle) !== slot || table.ownerOf(slot) !== 1) throw new Error('not so')
      table.release(slot)
    }
    expect(least).toBe(0)
  })

  it('does what a list of free slots and a map of owners do, for 100,000 random steps', () => {
    const random = new Random(11)
    const table = new SlotTable(16, 2 ** 31 - 1000)
    const free = Array.from({ length: 16 }, (_, i) => (i + ((2 ** 31 - 1000) & 15)) & 15)
    expect(free.map(() => acquire(table, 0, 0, 1)).toSorted((a, b) => a - b)).toEqual(
      free.toSorted((a, b) => a - b),
    )
    for (const slot of free) table.release(slot)
    const owners = new Map<number, number>()
    const handles = new Map<number, number>()
    for (let step = 0; step < 100_000; step++) {
      if (random.nextBelow(2) === 0) {
        const worker = random.nextBelow(MAX_WORKERS)
        const slot = acquire(table, worker, step, step)
        if (slot !== (free.shift() ?? -1)) throw new Error(`step ${step}: slot ${slot}`)
        if (slot < 0) continue
        owners.set(slot, worker)
        handles.set(slot, table.handleOf(slot))
      } else {
        const slot = random.nextBelow(16)
        const owner = owners.get(slot) ?? -1
        if (table.ownerOf(slot) !== owner) throw new Error(`step ${step}: owner of ${slot}`)
        if (table.slotOf(handles.get(slot) ?? 0) !== (owner < 0 ? -1 : slot)) {
          throw new Error(`step ${step}: handle of ${slot}`)
        }
        if (owner < 0) continue
        table.release(slot)
        owners.delete(slot)
        free.push(slot)
      }
    }
    expect(table.inFlight).toBe(owners.size)
  })
})
