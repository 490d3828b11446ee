import { expect, it } from 'vitest'
import { ScatterGatherList } from '../../../src/framework/scatter-gather-list.js'

it('a scatter/gather list holds elements, the last of which can grow', () => {
  const list = new ScatterGatherList(2)
  list.add(1, 4096, 100)
  list.add(2, 8192, 50)
  list.extendLast(7)
  const elements = [0, 1].map((i) => [list.addressHigh(i), list.addressLow(i), list.lengthOf(i)])
  expect(elements).toEqual([
    [1, 4096, 100],
    [2, 8192, 57],
  ])
  expect([list.count, list.byteLength, list.capacity]).toEqual([2, 157, 2])
  list.clear()
  expect([list.count, list.byteLength]).toEqual([0, 0])
})
