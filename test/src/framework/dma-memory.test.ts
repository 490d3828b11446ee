import { expect, it } from 'vitest'
import { dmaWindowOf, nameDmaMemory, NO_WINDOW } from '../../../src/framework/dma-memory.js'

it('a piece of named memory has its number, any other has none', () => {
  const channel = new SharedArrayBuffer(4096)
  const common = new SharedArrayBuffer(4096)
  nameDmaMemory(channel, 3)
  nameDmaMemory(common, 0x4000_0000)
  expect(dmaWindowOf(new Uint8Array(channel, 512, 8))).toBe(3)
  expect(dmaWindowOf(new Uint8Array(common))).toBe(0x4000_0000)
  expect(dmaWindowOf(new Uint8Array(new SharedArrayBuffer(8)))).toBe(NO_WINDOW)
  expect(dmaWindowOf(new Uint8Array(8))).toBe(NO_WINDOW)
})
