import { describe, expect, it } from 'vitest'
import { BlockTraceColumns } from '../../native-sim/block-trace-columns.js'

describe('BlockTraceColumns', () => {
  it('starts empty', () => {
    const columns = new BlockTraceColumns()
    expect([columns.count, columns.lastUs]).toEqual([0, 0])
    expect(columns.finish()).toMatchObject({ count: 0, largestBytes: 0, highestByte: 0 })
  })

  it('keeps every row while it grows, and adds up', () => {
    const columns = new BlockTraceColumns()
    const count = 3 * 4096 + 5
    for (let i = 0; i < count; i++)
      columns.add(i + 0.5, i % 3 === 0 ? 1 : 0, 512 * (1 + (i % 7)), i * 512)
    const trace = columns.finish()
    expect([columns.count, columns.lastUs]).toEqual([count, count - 0.5])
    expect(trace.timeUs).toEqual(Float64Array.from({ length: count }, (_, i) => i + 0.5))
    expect(trace.isWrite).toEqual(Uint8Array.from({ length: count }, (_, i) => Number(i % 3 === 0)))
    expect(trace.sizeBytes).toEqual(
      Int32Array.from({ length: count }, (_, i) => 512 * (1 + (i % 7))),
    )
    expect(trace.offsetBytes).toEqual(Float64Array.from({ length: count }, (_, i) => i * 512))
    expect(trace.largestBytes).toBe(3584)
    const ends = trace.offsetBytes.map((offset, i) => offset + (trace.sizeBytes[i] ?? 0))
    expect(trace.highestByte).toBe(Math.max(...ends))
    const moved = trace.sizeBytes.reduce((sum, size) => sum + size, 0)
    const written = trace.sizeBytes.reduce((sum, size, i) => sum + (i % 3 === 0 ? size : 0), 0)
    expect([trace.readBytes, trace.writtenBytes]).toEqual([moved - written, written])
  })

  it('hands out arrays of its own', () => {
    const columns = new BlockTraceColumns()
    columns.add(1, 0, 512, 0)
    const before = columns.finish()
    columns.add(2, 1, 1024, 512)
    expect(before.count).toBe(1)
    expect(before.timeUs.buffer.byteLength).toBe(8)
    expect(columns.finish().count).toBe(2)
  })
})
