import { describe, expect, it } from 'vitest'
import { Driver } from '../../../src/framework/driver.js'
import {
  bytesOf,
  memoryBehind,
  type TransferBuffer,
} from '../../../src/framework/transfer-buffer.js'
import { codeOf } from '../../harness/status.js'

const driver = new Driver('test:', { EvtDriverDeviceAdd: () => {} })
const memory = driver.createMemoryOf(Uint8Array.of(0, 1, 2, 3, 4, 5))

describe('a transfer buffer', () => {
  it('may be nothing, bytes, a memory object, or a part of one', () => {
    const bytes = Uint8Array.of(9)
    expect(bytesOf(null)).toBeNull()
    expect(bytesOf(bytes)).toBe(bytes)
    expect(bytesOf(memory)).toBe(memory.bytes)
    expect([...(bytesOf({ memory, offset: 2, length: 3 }) ?? [])]).toEqual([2, 3, 4])
    expect([...(bytesOf({ memory, offset: 4 }) ?? [])]).toEqual([4, 5])
    expect([...(bytesOf({ memory, length: 1 }) ?? [])]).toEqual([0])
    expect(bytesOf({ memory, offset: 6 })).toHaveLength(0)
  })

  it('has a memory object behind it, or none', () => {
    const buffers: (TransferBuffer | null)[] = [null, new Uint8Array(1), memory, { memory }]
    expect(buffers.map(memoryBehind)).toEqual([null, null, memory, memory])
  })

  it.each([
    ['a list', [1], 'STATUS_INVALID_PARAMETER'],
    ['a part of nothing', { memory: null }, 'STATUS_INVALID_PARAMETER'],
    ['a part that begins behind the end', { memory, offset: 7 }, 'STATUS_INVALID_PARAMETER'],
    ['a part that begins before', { memory, offset: -1 }, 'STATUS_INVALID_PARAMETER'],
    ['half a byte', { memory, length: 0.5 }, 'STATUS_INVALID_PARAMETER'],
    ['fewer than no bytes', { memory, length: -1 }, 'STATUS_INVALID_PARAMETER'],
    ['a part that goes too far', { memory, offset: 4, length: 3 }, 'STATUS_BUFFER_TOO_SMALL'],
  ])('that is %s is refused', (_what, buffer, code) => {
    expect(codeOf(() => bytesOf(buffer as never))).toBe(code)
  })

  it('of destroyed memory is refused', () => {
    const gone = driver.createMemory(4)
    gone.object.delete()
    expect(codeOf(() => bytesOf(gone))).toBe('WDF_INVALID_HANDLE')
    expect(codeOf(() => bytesOf({ memory: gone }))).toBe('WDF_INVALID_HANDLE')
  })
})
