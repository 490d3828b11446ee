import { expect, it } from 'vitest'
import { CallbackPlace } from '../../../src/dispatch/callback-place.js'

it('says where the worker is, and forgets where its predecessor was', () => {
  const words = new Int32Array([7, 8, 9])
  const place = new CallbackPlace(words, 1)
  expect([...words]).toEqual([7, 0, 9])
  const before = place.enter(5)
  expect([before, place.current, words[1]]).toEqual([0, 5, 5])
  expect(place.enter(before)).toBe(5)
  expect(words[1]).toBe(0)
})

it('goes back to the outer callback, also when the inner one throws', () => {
  const words = new Int32Array(1)
  const place = new CallbackPlace(words)
  const seen: unknown[] = []
  const inner = (): never => {
    seen.push(words[0])
    throw new Error('no')
  }
  place.run(1, () => expect(() => place.run(2, inner, undefined)).toThrow('no'), undefined)
  place.run(1, (value: string) => seen.push(value, words[0]), 'outer')
  expect([seen, words[0]]).toEqual([[2, 'outer', 1], 0])
})
