import { expect, it } from 'vitest'
import { PrivateMemory } from '../../../../src/pairs/storage/private-memory.js'

it('keeps, forgets, and has a limit', () => {
  const memory = new PrivateMemory(2 ** 30, 200_000)
  expect(memory.sizeBytes).toBe(2 ** 30)
  expect(memory.write(2 ** 29, Uint8Array.of(1, 2))).toBe(true)
  expect(memory.write(0, Uint8Array.of(3))).toBe(true)
  expect(memory.write(2 ** 20, new Uint8Array(65_536))).toBe(false)
  const target = new Uint8Array(2)
  memory.read(2 ** 29, target)
  expect([...target]).toEqual([1, 2])
  memory.discard(2 ** 29, 1)
  memory.read(2 ** 29, target)
  expect([...target]).toEqual([0, 2])
})
