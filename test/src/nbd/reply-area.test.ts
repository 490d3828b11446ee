import { describe, expect, it } from 'vitest'
import { ReplyArea } from '../../../src/nbd/reply-area.js'

describe('reply area', () => {
  it('gives neighbours, and starts again when all have gone', () => {
    const area = new ReplyArea(1000, 100, 2)
    expect([area.reserve(40), area.reserve(40)]).toEqual([1000, 1040])
    area.release(1000, 40)
    area.release(1040, 30)
    area.release(1070, 10)
    expect(area.reserve(100)).toBe(1000)
  })

  it('goes to another segment, and says when there is none', () => {
    const area = new ReplyArea(1000, 100, 2)
    expect([area.reserve(60), area.reserve(60), area.reserve(60)]).toEqual([1000, 1100, -1])
    expect(area.reserve(40)).toBe(1160)
    expect(area.reserve(101)).toBe(-1)
    area.release(1000, 60)
    expect(area.reserve(60)).toBe(1000)
    area.release(1100, 60)
    expect(area.reserve(60)).toBe(-1)
    area.release(1160, 40)
    expect(area.reserve(60)).toBe(1100)
  })
})
