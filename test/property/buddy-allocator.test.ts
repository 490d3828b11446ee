/** Property: pieces never overlap, a piece is refused only when no aligned place is free, frees merge. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { BuddyAllocator } from '../../src/irp/buddy-allocator.js'
import { checkCommands, drawn } from './check.js'

const UNIT = 64

interface Piece {
  readonly position: number
  readonly bytes: number
}

interface Bench {
  readonly allocator: BuddyAllocator
  readonly pieces: Piece[]
  /** One entry per 64 bytes: in use. */
  readonly used: Uint8Array
}

function begin(units: number): Bench {
  return { allocator: new BuddyAllocator(units * UNIT), pieces: [], used: new Uint8Array(units) }
}

/** Bytes that a request takes: a power of two from 64. */
function blockOf(bytes: number): number {
  return Math.max(UNIT, 2 ** Math.ceil(Math.log2(bytes)))
}

/** Is there a free place of that size, at a multiple of it? Asked of every one. */
function hasPlace(used: Uint8Array, bytes: number): boolean {
  const units = bytes / UNIT
  for (let at = 0; at + units <= used.length; at += units) {
    if (used.subarray(at, at + units).every((unit) => unit === 0)) return true
  }
  return false
}

function allocate({ allocator, pieces, used }: Bench, asked: number): void {
  const bytes = blockOf(asked)
  const position = allocator.allocate(asked)
  assert.equal(position >= 0, hasPlace(used, bytes), `${asked} bytes at ${position}`)
  if (position < 0) return
  assert.equal(position % bytes, 0)
  const units = used.subarray(position / UNIT, (position + bytes) / UNIT)
  assert.equal(units.length, bytes / UNIT, 'outside the region')
  assert.ok(
    units.every((unit) => unit === 0),
    'pieces overlap',
  )
  units.fill(1)
  pieces.push({ position, bytes })
  checkUsed({ allocator, pieces, used })
}

function free({ allocator, pieces, used }: Bench, choice: number): void {
  const [piece] = pieces.length === 0 ? [] : pieces.splice(choice % pieces.length, 1)
  if (piece === undefined) return
  assert.equal(allocator.free(piece.position), true)
  used.fill(0, piece.position / UNIT, (piece.position + piece.bytes) / UNIT)
  assert.equal(allocator.free(piece.position), false, 'a second free')
  checkUsed({ allocator, pieces, used })
}

/** A free of what nobody has must change nothing. */
function freeForeign({ allocator, pieces }: Bench, position: number): void {
  if (pieces.some((piece) => piece.position === position)) return
  const before = allocator.usedBytes
  assert.equal(allocator.free(position), false)
  assert.equal(allocator.usedBytes, before)
}

function checkUsed({ allocator, pieces }: Bench): void {
  assert.equal(
    allocator.usedBytes,
    pieces.reduce((sum, { bytes }) => sum + bytes, 0),
  )
}

it('a buddy allocator gives out what is free, and nothing twice', () => {
  const bytes = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 5000 }))
  const command = fc.oneof(
    { weight: 4, arbitrary: drawn(bytes, allocate) },
    { weight: 4, arbitrary: drawn(fc.nat(1000), free) },
    { weight: 1, arbitrary: drawn(fc.integer({ min: -64, max: 5000 }), freeForeign) },
  )
  const units = fc.constantFrom(1, 2, 16, 64)
  expect(checkCommands('buddy allocator', 250_000, units, begin, command)).toBeGreaterThan(250_000)
})
