import { expect, it } from 'vitest'
import { DriverBuffers, INPUT_PLACE } from '../../../src/framework/request-buffers.js'

it("a driver's buffers are found by their place, and are no more than was asked for", () => {
  const buffers = new DriverBuffers(Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5))
  expect([...buffers.view(0, 2)]).toEqual([1, 2])
  expect([...buffers.view(INPUT_PLACE, 2)]).toEqual([4, 5])
  expect(buffers.view(0, 3).buffer).toBe(buffers.data?.buffer)
  expect([new DriverBuffers(null, null).view(0, 9).length, buffers.window]).toEqual([0, -1])
})
