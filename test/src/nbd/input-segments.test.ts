import { describe, expect, it } from 'vitest'
import { InputSegments } from '../../../src/nbd/input-segments.js'

function receive(segments: InputSegments, count: number, value: number): void {
  segments.bytes.fill(value, segments.writeAt, segments.writeAt + count)
  segments.writeAt += count
}

describe('input segments', () => {
  it('rewind only when nothing in the segment is needed', () => {
    const segments = new InputSegments(new Uint8Array(64), 4)
    receive(segments, 10, 1)
    segments.rewind()
    expect([segments.unparsed, segments.room, segments.piece]).toEqual([10, 6, 16])
    segments.parseAt += 10
    const used = segments.use()
    segments.rewind()
    expect(segments.room).toBe(6)
    segments.release(used)
    segments.rewind()
    expect([segments.room, segments.writeAt]).toEqual([16, 0])
  })

  it('go on in a free segment with what is not parsed', () => {
    const segments = new InputSegments(new Uint8Array(48), 3)
    receive(segments, 16, 7)
    segments.parseAt += 13
    const first = segments.use()
    expect([segments.room, segments.advance()]).toEqual([0, true])
    expect([segments.unparsed, segments.room]).toEqual([3, 13])
    expect([...segments.bytes.subarray(segments.parseAt, segments.writeAt)]).toEqual([7, 7, 7])
    segments.use()
    expect(segments.advance()).toBe(true)
    segments.use()
    expect(segments.advance()).toBe(false)
    segments.release(first)
    expect(segments.advance()).toBe(true)
    expect(segments.parseAt).toBe(0)
  })
})
