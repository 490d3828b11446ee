/**
 * slot-table.ts: the host's books about slots: taking one, giving it back, its handle.
 *
 * Runs on: the main thread of bench/micro/main.ts.
 */
import { SlotTable } from '../../src/irp/slot-table.js'
import { expectCount, type Micro } from './micro.js'

const SLOTS = 1024
const WORKER = 0

const table = new SlotTable(SLOTS)
const handles = new Int32Array(SLOTS)

function acquireAndReleaseAll(): void {
  for (let i = 0; i < SLOTS; i++) table.acquire(WORKER, i, i)
  expectCount(table.freeCount, 0, 'free slots')
  // The free list is first in, first out, so the slots have been taken in some rotation of their order.
  for (let slot = 0; slot < SLOTS; slot++) table.release(slot)
}

function nameAndFindAll(): number {
  let found = 0
  for (let i = 0; i < SLOTS; i++) handles[i] = table.acquire(WORKER, i, i)
  for (let i = 0; i < SLOTS; i++) {
    const slot = table.slotOf(handles[i]!)
    if (slot >= 0) {
      found++
      table.release(slot)
    }
  }
  return found
}

export const slotTableMicros: readonly Micro[] = [
  {
    name: 'slot table: take a slot and give it back',
    operations: SLOTS,
    run() {
      acquireAndReleaseAll()
      expectCount(table.freeCount, SLOTS, 'free slots')
      return undefined
    },
  },
  {
    name: 'slot table: the same, by way of its handle',
    operations: SLOTS,
    run() {
      expectCount(nameAndFindAll(), SLOTS, 'slots found')
      return undefined
    },
  },
]
