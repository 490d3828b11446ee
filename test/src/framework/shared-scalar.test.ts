import { expect, it } from 'vitest'
import { SharedBoolean, SharedInt32 } from '../../../src/framework/shared-scalar.js'

const words = (): Int32Array => new Int32Array(new SharedArrayBuffer(16))

it('an int32 is read and modified in one step, and wraps round', () => {
  const memory = words()
  const field = new SharedInt32(memory, 2)
  expect([field.add(5), field.add(-2), field.exchange(2 ** 31 - 1), field.add(1)]).toEqual([
    0,
    5,
    3,
    2 ** 31 - 1,
  ])
  expect([field.compareExchange(7, 8), field.compareExchange(-(2 ** 31), 8)]).toEqual([
    -(2 ** 31),
    -(2 ** 31),
  ])
  expect([...memory]).toEqual([0, 0, 8, 0])
})

it('a boolean is 0 or 1', () => {
  const memory = words()
  const field = new SharedBoolean(memory, 1)
  expect([field.exchange(true), field.exchange(true), field.exchange(false)]).toEqual([
    false,
    true,
    true,
  ])
  expect([field.compareExchange(true, true), field.compareExchange(false, true)]).toEqual([
    false,
    false,
  ])
  expect(field.compareExchange(true, false)).toBe(true)
  expect([...memory]).toEqual([0, 0, 0, 0])
})
