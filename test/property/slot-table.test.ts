/** Property: a slot has one owner at a time, and a handle names one use of it. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { SLOT_CANCEL_SENT, SlotTable } from '../../src/irp/slot-table.js'
import { checkCommands, drawn, plain, START } from './check.js'

interface Use {
  readonly slot: number
  readonly handle: number
  readonly worker: number
  readonly context: number
  sequence: number
}

interface Bench {
  readonly table: SlotTable
  readonly uses: Use[]
  readonly stale: Use[]
  /** Free slots, the one to be used next first. */
  readonly free: number[]
  next: number
}

function begin([slotCount, start]: [number, number]): Bench {
  const table = new SlotTable(slotCount, start)
  const free = Array.from({ length: slotCount }, (_, slot) => slot)
  return { table, uses: [], stale: [], free, next: 0 }
}

function acquire(bench: Bench, worker: number): void {
  const { table, uses, free } = bench
  const context = bench.next++
  const handle = table.acquire(worker, context, context * 2 + 1)
  const expected = free.shift()
  assert.equal(handle >= 0, expected !== undefined)
  if (handle < 0) return
  const slot = handle & table.mask
  assert.equal(slot, expected)
  assert.equal(handle, table.handleOf(slot))
  uses.push({ slot, handle, worker, context, sequence: context * 2 + 1 })
}

function release({ table, uses, stale, free }: Bench, choice: number): void {
  const [use] = uses.length === 0 ? [] : uses.splice(choice % uses.length, 1)
  if (use === undefined) return
  table.release(use.slot)
  free.push(use.slot)
  stale.unshift(use)
  stale.length = Math.min(stale.length, 64)
}

function renew({ table, uses }: Bench, choice: number): void {
  const use = uses[choice % Math.max(1, uses.length)]
  if (use === undefined) return
  use.sequence = choice | 1
  table.setSequence(use.slot, use.sequence)
  table.setFlag(use.slot, SLOT_CANCEL_SENT)
  assert.notEqual(table.stateOf(use.slot) & SLOT_CANCEL_SENT, 0)
}

function look({ table, uses, stale, free }: Bench): void {
  assert.equal(table.freeCount, free.length)
  assert.equal(table.inFlight, uses.length)
  for (const { slot, handle, worker, context, sequence } of uses) {
    assert.equal(table.slotOf(handle), slot)
    assert.equal(table.ownerOf(slot), worker)
    assert.equal(table.contextOf(slot), context)
    assert.equal(table.sequenceOf(slot), sequence)
  }
  for (const { handle } of stale) assert.equal(table.slotOf(handle), -1)
  for (const slot of free) {
    assert.equal(table.ownerOf(slot), -1)
    assert.equal(table.stateOf(slot) & SLOT_CANCEL_SENT, 0)
  }
}

it('a slot has one owner, a handle one use', () => {
  const shape = fc.tuple(fc.constantFrom(1, 2, 8, 32), START)
  const command = fc.oneof(
    { weight: 4, arbitrary: drawn(fc.integer({ min: 0, max: 125 }), acquire) },
    { weight: 3, arbitrary: drawn(fc.nat(1000), release) },
    { weight: 1, arbitrary: drawn(fc.nat(1000), renew) },
    { weight: 1, arbitrary: plain(look) },
  )
  expect(checkCommands('slot table', 250_000, shape, begin, command)).toBeGreaterThan(250_000)
})
