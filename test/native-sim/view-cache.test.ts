import { expect, it } from 'vitest'
import { ViewCache } from '../../native-sim/view-cache.js'

it('a view cache gives the same object for the same piece, as long as nothing takes its place', () => {
  const bytes = new Uint8Array(8192)
  const cache = new ViewCache(bytes, 4)
  const view = cache.view(512, 100)
  expect([view.byteOffset, view.length, view.buffer]).toEqual([512, 100, bytes.buffer])
  expect(cache.view(512, 100)).toBe(view)
  expect(cache.view(512, 101)).toMatchObject({ byteOffset: 512, length: 101 })
  expect(cache.view(512 + 4 * 512, 100).byteOffset).toBe(2560)
  expect(cache.view(512, 100)).not.toBe(view)
})
