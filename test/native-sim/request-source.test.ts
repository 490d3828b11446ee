import { describe, expect, it } from 'vitest'
import { BlockTraceColumns } from '../../native-sim/block-trace-columns.js'
import { SimulationError } from '../../native-sim/errors.js'
import { Random } from '../../native-sim/random.js'
import {
  addToSequenceHash,
  RandomRequests,
  type RequestSource,
  TraceRequests,
} from '../../native-sim/request-source.js'

type Row = [isWrite: number, offsetBytes: number, sizeBytes: number]
const options = { readShare: 0.5, blockBytes: 4096, spanBytes: 2 ** 40 }
const take = (source: RequestSource, count: number): Row[] =>
  Array.from({ length: count }, () => {
    source.advance()
    return [source.isWrite, source.offsetBytes, source.sizeBytes]
  })

const readsOf = (readShare: number) =>
  take(new RandomRequests({ ...options, readShare }, new Random(4)), 10_000).filter(
    ([isWrite]) => isWrite === 0,
  ).length

describe('RandomRequests', () => {
  it('the same seed gives the same sequence, another seed another', () => {
    const once = take(new RandomRequests(options, new Random(1)), 1000)
    expect(take(new RandomRequests(options, new Random(1)), 1000)).toEqual(once)
    expect(take(new RandomRequests(options, new Random(2)), 1000)).not.toEqual(once)
  })

  it('offsets are multiples of the block, within the span, and everywhere in it', () => {
    const spanBytes = 10 * 4096 + 4095
    const rows = take(new RandomRequests({ ...options, spanBytes }, new Random(3)), 2000)
    const offsets = new Set(rows.map(([, offset]) => offset))
    expect([...offsets].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 10 }, (_, i) => i * 4096),
    )
    expect(rows.every(([, , size]) => size === 4096)).toBe(true)
  })

  it('mixes reads and writes by the share asked for', () => {
    expect(readsOf(1)).toBe(10_000)
    expect(readsOf(0)).toBe(0)
    expect(Math.abs(readsOf(0.7) - 7000)).toBeLessThan(300)
  })

  it('has one place when the span is one block', () => {
    const source = new RandomRequests({ ...options, spanBytes: 4096 }, new Random(5))
    expect(take(source, 50).every(([, offset]) => offset === 0)).toBe(true)
  })

  it('refuses options out of range', () => {
    for (const wrong of [
      { readShare: -0.1 },
      { readShare: 1.1 },
      { readShare: NaN },
      { blockBytes: 0 },
      { blockBytes: 1.5 },
      { blockBytes: 2 ** 31 },
      { spanBytes: 4095 },
      { spanBytes: NaN },
    ]) {
      expect(() => new RandomRequests({ ...options, ...wrong }, new Random(1))).toThrow(
        SimulationError,
      )
    }
  })
})

describe('TraceRequests', () => {
  it('gives the rows of the trace in order, once', () => {
    const rows = new BlockTraceColumns()
    rows.add(0, 1, 1024, 512)
    rows.add(5, 0, 512, 2 ** 41)
    const source = new TraceRequests(rows.finish())
    expect(take(source, 2)).toEqual([
      [1, 512, 1024],
      [0, 2 ** 41, 512],
    ])
    expect(source.advance()).toBe(false)
  })
})

const hashOf = (rows: Row[]) =>
  rows.reduce(
    (hash, [isWrite, offsetBytes, sizeBytes]) =>
      addToSequenceHash(hash, { isWrite, offsetBytes, sizeBytes, advance: () => true }),
    0,
  )

describe('addToSequenceHash', () => {
  it('tells every field and the order', () => {
    const rows: Row[] = [
      [0, 4096, 512],
      [1, 8192, 512],
    ]
    const others: Row[][] = [
      rows.toReversed(),
      [[1, 4096, 512], ...rows.slice(1)],
      [[0, 4096, 1024], ...rows.slice(1)],
      [[0, 8192, 512], ...rows.slice(1)],
      [[0, 4096 + 2 ** 32, 512], ...rows.slice(1)],
      rows.slice(0, 1),
    ]
    expect(new Set([rows, ...others].map(hashOf)).size).toBe(7)
    expect(hashOf([...rows])).toBe(hashOf(rows))
  })
})
