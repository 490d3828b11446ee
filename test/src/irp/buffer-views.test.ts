import { expect, it } from 'vitest'
import { BufferViews } from '../../../src/irp/buffer-views.js'

it('gives the same object for the same piece', () => {
  const buffer = new SharedArrayBuffer(4096)
  const views = new BufferViews(buffer)
  const view = views.view(128, 64)
  expect([view.byteOffset, view.byteLength, view.buffer]).toEqual([128, 64, buffer])
  expect(views.view(128, 64)).toBe(view)
})

it('gives another object for another length or offset, also in the same place of its cache', () => {
  const views = new BufferViews(new SharedArrayBuffer(2 ** 20))
  const view = views.view(64, 64)
  const far = 64 + 2048 * 64
  for (const [byteOffset, byteLength] of [
    [64, 32],
    [65, 64],
    [64, 0],
    [far, 64],
    [64, 64],
  ] as const) {
    const other = views.view(byteOffset, byteLength)
    expect([other.byteOffset, other.byteLength]).toEqual([byteOffset, byteLength])
    expect(other).not.toBe(view)
  }
})

it('shows the bytes themselves', () => {
  const buffer = new SharedArrayBuffer(256)
  new BufferViews(buffer).view(100, 10).fill(7)
  expect(new Uint8Array(buffer)[109]).toBe(7)
  expect(new Uint8Array(buffer)[110]).toBe(0)
})
