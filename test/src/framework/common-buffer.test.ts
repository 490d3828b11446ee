import { describe, expect, it } from 'vitest'
import { CommonBufferPool } from '../../../src/framework/common-buffer.js'

const buffer = new SharedArrayBuffer(16_384)
const resource = { window: 9, buffer, byteOffset: 100, byteLength: 10_000 }

describe('CommonBufferPool', () => {
  it('hands out aligned pieces that do not overlap, with the device’s addresses', () => {
    const pool = new CommonBufferPool(resource)
    const first = pool.take(10, 4)
    const second = pool.take(4096, 4096)
    const third = pool.take(4, 64)
    expect([first.addressLow, second.addressLow, third.addressLow]).toEqual([100, 4096, 8192])
    expect([first, second, third].map(({ addressHigh }) => addressHigh)).toEqual([9, 9, 9])
    expect(second.byteLength).toBe(4096)
    second.write(1, 77)
    expect([second.read(1), second.load(1), second.bytes[4]]).toEqual([77, 77, 77])
    expect(new Int32Array(buffer)[1025]).toBe(77)
  })

  it('starts again, zeroed, once all has come back', () => {
    const pool = new CommonBufferPool(resource)
    pool.take(8, 4).bytes.fill(7)
    pool.reset()
    const again = pool.take(8, 4)
    expect([again.addressLow, ...again.bytes]).toEqual([100, 0, 0, 0, 0, 0, 0, 0, 0])
  })

  it('refuses more than there is, and what makes no sense', () => {
    const pool = new CommonBufferPool(resource)
    expect(() => pool.take(10_001, 4)).toThrow(
      expect.objectContaining({ code: 'STATUS_INSUFFICIENT_RESOURCES', value: 10_001 }),
    )
    expect(() => pool.take(0, 4)).toThrow('STATUS_INVALID_PARAMETER')
    expect(() => pool.take(8, 3)).toThrow('STATUS_INVALID_PARAMETER')
    expect(() => new CommonBufferPool(undefined).take(8, 4)).toThrow(
      'STATUS_INSUFFICIENT_RESOURCES',
    )
  })
})
