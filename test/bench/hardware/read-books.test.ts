import { describe, expect, it } from 'vitest'
import { STAMPS_OF_PLACE } from '../../../bench/hardware/interrupt-stamps.js'
import { ReadBooks } from '../../../bench/hardware/read-books.js'
import { STATUS_SUCCESS, STATUS_UNSUCCESSFUL } from '../../../src/abi/ntstatus.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

const DEPTH = 4

function newBooks(hasStamps = false) {
  const { channel } = new SteppedEngine({ slots: 8 })
  const places = new SharedArrayBuffer(DEPTH * STAMPS_OF_PLACE * 8)
  const raiseTimes = new SharedArrayBuffer(8)
  const books = new ReadBooks(channel, DEPTH, hasStamps ? { places, raiseTimes } : null)
  return { books, stamps: new Float64Array(places) }
}

/** What a device writes that reads this place. */
function bring(books: ReadBooks, place: number): void {
  books.buffers[place]!.bytes[0] = place + 1
}

describe('ReadBooks', () => {
  it('finds nothing wrong with reads that bring what was written there', () => {
    const { books } = newBooks()
    for (let place = 0; place < DEPTH; place++) {
      books.begin(place, 0)
      bring(books, place)
      books.end(place, STATUS_SUCCESS, 512)
    }
    expect(books.completed).toBe(DEPTH)
    expect(books.complaints()).toEqual({})
    expect(books.latencies()).toEqual({})
  })

  it('finds what was lost, came twice, failed, was short, or brought nothing', () => {
    const { books } = newBooks()
    for (let place = 0; place < DEPTH; place++) books.begin(place, 0)
    books.end(0, STATUS_SUCCESS, 512)
    books.end(0, STATUS_SUCCESS, 512)
    books.end(1, STATUS_UNSUCCESSFUL, 0)
    bring(books, 2)
    books.end(2, STATUS_SUCCESS, 511)
    expect(books.complaints()).toEqual({
      lost: 1,
      unexpected: 1,
      failures: 1,
      wrongBytes: 1,
      wrongData: 1,
    })
  })

  it('takes a latency apart: the stages are those between the stamps, and add up to it', () => {
    const { books, stamps } = newBooks(true)
    const sentNs = books.clock() - 100_000
    books.begin(1, sentNs)
    bring(books, 1)
    stamps.set(
      [10_000, 30_000, 60_000, 61_000].map((ns) => sentNs + ns),
      STAMPS_OF_PLACE,
    )
    books.end(1, STATUS_SUCCESS, 512)
    const { latencyNs, stagesNs } = books.latencies()
    const { device, interrupt, dpc, complete, reap } = stagesNs!
    expect([device, interrupt, dpc, complete].map((stage) => stage?.max)).toEqual([
      10_000, 20_000, 30_000, 1000,
    ])
    expect(Math.abs(latencyNs!.max - 61_000 - reap!.max)).toBeLessThanOrEqual(1)
  })

  it('a completion that an earlier interrupt brought spent no time at its stages', () => {
    const { books, stamps } = newBooks(true)
    const sentNs = books.clock() - 100_000
    books.begin(0, sentNs)
    stamps.set(
      [-9000, -8000, -7000, 50_000].map((ns) => sentNs + ns),
      0,
    )
    books.end(0, STATUS_SUCCESS, 512)
    const { device, interrupt, dpc, complete } = books.latencies().stagesNs!
    expect([device, interrupt, dpc, complete].map((stage) => stage?.max)).toEqual([0, 0, 0, 50_000])
  })
})
