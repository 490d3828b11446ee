import { describe, expect, it } from 'vitest'
import { Driver } from '../../../src/framework/driver.js'
import { codeOf } from '../../harness/status.js'

const driver = new Driver('test:', { EvtDriverDeviceAdd: () => {} })

describe('Memory', () => {
  it('is zeroed, and has the length that was asked for', () => {
    const memory = driver.createMemory(5)
    expect([memory.byteLength, [...memory.bytes]]).toEqual([5, [0, 0, 0, 0, 0]])
  })

  it('may be made of bytes that the driver has', () => {
    const bytes = Uint8Array.of(1, 2)
    expect(driver.createMemoryOf(bytes).bytes).toBe(bytes)
    expect(codeOf(() => driver.createMemoryOf([1] as never))).toBe('STATUS_INVALID_PARAMETER')
  })

  it.each([0, -1, 1.5, 2 ** 31, Number.NaN, '4'])('refuses a length of %s', (byteLength) => {
    expect(codeOf(() => driver.createMemory(byteLength as number))).toBe('STATUS_INVALID_PARAMETER')
  })

  it('has parts: views of some of its bytes', () => {
    const memory = driver.createMemoryOf(Uint8Array.of(0, 1, 2, 3))
    expect([...memory.part(1, 2)]).toEqual([1, 2])
    expect([...memory.part(3)]).toEqual([3])
    memory.part(1)[0] = 9
    expect(memory.bytes[1]).toBe(9)
  })

  it('can be used until it is destroyed', () => {
    const memory = driver.createMemory(4)
    memory.object.reference()
    memory.object.delete()
    expect(memory.bytes).toHaveLength(4)
    memory.object.dereference()
    expect(codeOf(() => memory.bytes)).toBe('WDF_INVALID_HANDLE')
  })

  it('copies to and from buffers', () => {
    const memory = driver.createMemory(4)
    memory.copyFrom(Uint8Array.of(1, 2), 1)
    const target = new Uint8Array(3)
    memory.copyTo(target, 1)
    expect([[...memory.bytes], [...target]]).toEqual([
      [0, 1, 2, 0],
      [1, 2, 0],
    ])
  })

  it.each([
    [-1, 1, 'STATUS_INVALID_PARAMETER'],
    [5, 0, 'STATUS_INVALID_PARAMETER'],
    [0.5, 1, 'STATUS_INVALID_PARAMETER'],
    [0, 5, 'STATUS_BUFFER_TOO_SMALL'],
    [3, 2, 'STATUS_BUFFER_TOO_SMALL'],
    [4, 0, undefined],
  ])('a copy at %s of %s bytes of 4: %s', (offset, byteLength, code) => {
    const memory = driver.createMemory(4)
    const bytes = new Uint8Array(byteLength)
    expect(codeOf(() => memory.copyFrom(bytes, offset))).toBe(code)
    expect(codeOf(() => memory.copyTo(bytes, offset))).toBe(code)
  })
})
