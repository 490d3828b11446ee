import { describe, expect, it } from 'vitest'
import { RequestVerifier } from '../../../native-sim/request-verifier.js'
import {
  HostHistograms,
  hostHistogramsBuffer,
  mergeHistograms,
} from '../../../bench/workload/host-histograms.js'
import {
  DUE,
  HALF,
  NOW,
  PlaceBooks,
  type PlaceBooksOptions,
} from '../../../bench/workload/place-books.js'

const BYTES = 512

function open(changes: Partial<PlaceBooksOptions> = {}) {
  const buffer = hostHistogramsBuffer(2)
  const histograms = new HostHistograms(buffer, 1)
  const options = { depth: 4, host: 1, blockBytes: BYTES, checksInformation: true }
  const more = { histograms, stamps: null, verifiers: [], ...changes }
  return { books: new PlaceBooks({ ...options, ...more }), buffer }
}

function take(books: PlaceBooks, dueNs: number): void {
  books.times[DUE] = dueNs
  books.take()
}

/** One batch of completions of these places. */
function complete(books: PlaceBooks, places: number[], nowNs = 0, status = 0, bytes = BYTES) {
  const batch = Int32Array.from(places.flatMap((place) => [place, status, bytes, 7]))
  books.times[NOW] = nowNs
  books.completedBatch(batch, places.length)
}

describe('PlaceBooks', () => {
  it('gives every place to one request at a time, the warmest first', () => {
    const { books } = open()
    for (let i = 0; i < 3; i++) take(books, 0)
    expect([books.inFlight, books.freeCount, books.timed]).toEqual([3, 1, 0])
    complete(books, [1, 0, 2])
    expect([...books.free]).toEqual([3, 1, 0, 2])
    expect(books.completed).toBe(3)
    expect(books.complaints()).toEqual({})
  })

  it.each([
    ['lost', (books: PlaceBooks) => complete(books, [0]), { lost: 1, wrongBytes: -BYTES }],
    ['twice', (books: PlaceBooks) => complete(books, [0, 1, 0]), { duplicates: 1 }],
    ['of no place', (books: PlaceBooks) => complete(books, [0, 1, 99]), { duplicates: 1 }],
    [
      'a failure',
      (books: PlaceBooks) => {
        complete(books, [0])
        complete(books, [1], 0, -1, 0)
      },
      { failures: 1, wrongBytes: -BYTES },
    ],
    [
      'a byte less',
      (books: PlaceBooks) => {
        complete(books, [0])
        complete(books, [1], 0, 0, BYTES - 1)
      },
      { wrongBytes: -1 },
    ],
  ] as const)('notices a completion that is %s', (_, spoil, complaints) => {
    const { books } = open()
    take(books, 0)
    take(books, 0)
    spoil(books)
    expect(books.complaints()).toEqual(complaints)
  })

  it('times from when a request was due, by stage, and by half of the window', () => {
    const stamps = new Float64Array(16)
    const { books, buffer } = open({ stamps })
    books.times[HALF] = 1500
    take(books, 1000)
    take(books, 0)
    take(books, 1100)
    books.sent(3, 1200)
    expect([books.timed, books.stampOf(0)]).toEqual([2, 4])
    stamps.set([1210, 1230], 8)
    stamps.set([1300, 1340], 12)
    complete(books, [0, 1], 1400)
    complete(books, [2], 1600)
    expect(books.timed).toBe(0)
    const { latencyNs, stagesNs, growth } = mergeHistograms(buffer, 2)
    expect(latencyNs).toMatchObject({ max: 500 })
    expect(stagesNs).toMatchObject({
      send: { max: 200 },
      dispatch: { max: 100 },
      handler: { max: 40 },
      reap: { max: 260 },
    })
    expect(growth).toBeCloseTo(500 / 400, 1)
  })

  it('has no stages where the driver writes no stamps, and no latencies where nothing is timed', () => {
    const { books, buffer } = open()
    take(books, 1000)
    complete(books, [0], 1400)
    expect(mergeHistograms(buffer, 2)).not.toHaveProperty('stagesNs')
    expect(mergeHistograms(hostHistogramsBuffer(1), 1)).toEqual({})
  })

  it('lets the verifier of the device judge what was read', () => {
    const bytes = Array.from({ length: 4 }, () => new Uint8Array(BYTES))
    const verifier = new RequestVerifier(1, true, bytes)
    const { books } = open({ verifiers: [verifier] })
    take(books, 0)
    verifier.submittedRead(0, 1024, BYTES)
    books.offsetBytes[0] = 1024
    bytes[0]!.fill(0)
    complete(books, [0])
    expect([books.verifiedReads(), books.complaints()]).toEqual([1, {}])
    take(books, 0)
    verifier.submittedRead(0, 1024, BYTES)
    bytes[0]!.fill(1)
    complete(books, [0])
    expect(books.complaints()).toMatchObject({
      mismatches: 1,
      firstMismatch: expect.stringContaining('"offsetBytes":1024'),
    })
  })
})
