import { describe, expect, it } from 'vitest'
import { FixedRate, Random } from '../../../native-sim/index.js'
import { HostHistograms, hostHistogramsBuffer } from '../../../bench/workload/host-histograms.js'
import { HostLoad, type HostLoadParts } from '../../../bench/workload/host-load.js'
import { PlaceBooks } from '../../../bench/workload/place-books.js'
import type { ChannelBuffer, IrpFile } from '../../../src/index.js'

const BYTES = 512
const DEPTH = 8

interface Sent {
  readonly write: boolean
  readonly file: unknown
  readonly offset: number
  readonly place: number
}

/** A channel that answers at the next reap, and a clock that only tests and waits move on. */
function start(changes: Partial<HostLoadParts> = {}) {
  const state = { nowNs: 1000, waits: [] as number[], submits: [] as number[], answers: true }
  const sent: Sent[] = []
  let prepared: Sent[] = []
  let arrived: number[] = []
  const prepare =
    (write: boolean) =>
    (file: unknown, _buffer: unknown, _length: number, offset: number, place: number) =>
      prepared.push({ write, file, offset, place })
  const channel = {
    prepareRead: prepare(false),
    prepareWrite: prepare(true),
    submit() {
      const count = prepared.length
      sent.push(...prepared)
      state.submits.push(count)
      if (state.answers) arrived.push(...prepared.map(({ place }) => place))
      prepared = []
      return count
    },
    reapBatch(_limit: number, onBatch: (batch: Int32Array, count: number) => void) {
      const batch = Int32Array.from(arrived.flatMap((place) => [place, 0, BYTES, 0]))
      const count = arrived.length
      arrived = []
      if (count > 0) onBatch(batch, count)
      return count
    },
    hasCompletions: () => arrived.length > 0,
    wait(ms: number) {
      state.waits.push(ms)
      state.nowNs += ms * 1e6
      return false
    },
  }
  const histograms = new HostHistograms(hostHistogramsBuffer(1), 0)
  const options = { depth: DEPTH, host: 0, blockBytes: BYTES, checksInformation: true }
  const books = new PlaceBooks({ ...options, histograms, stamps: null, verifiers: [] })
  const files = ['a', 'b', 'c'].map((name) => ({ name }) as unknown as IrpFile)
  const load = new HostLoad({
    channel,
    files,
    buffers: Array.from({ length: DEPTH }, () => ({}) as ChannelBuffer),
    books,
    batch: 4,
    blockBytes: BYTES,
    timeEvery: 1,
    arrivals: null,
    addressing: 'sequential',
    spanBytes: 100 * BYTES,
    firstByte: 1000 * BYTES,
    readPercent: 100,
    random: new Random(1),
    verifiers: [],
    clock: () => state.nowNs,
    ...changes,
  })
  load.begin()
  return { load, books, histograms, sent, state, files }
}

describe('HostLoad in a closed loop', () => {
  it('sends whole batches as long as they fit, to the devices in turn', () => {
    const { load, state, sent, files, books } = start()
    state.answers = false
    load.turns()
    expect(state.submits).toEqual([4, 4])
    expect(sent.slice(0, 4).map(({ file }) => file)).toEqual([...files, files[0]])
    expect(books.inFlight).toBe(DEPTH)
    expect(state.waits.length).toBeGreaterThan(0)
  })

  it('goes on with what came back, and has nothing in flight after the drain', () => {
    const { load, books, histograms } = start()
    load.turns()
    load.drain()
    expect(books.inFlight).toBe(0)
    expect(books.completed).toBe(DEPTH * 16)
    expect(books.complaints()).toEqual({})
    expect(histograms.firstHalf.count).toBe(books.completed)
  })

  it('times one batch in many when asked to', () => {
    const { load, books, histograms } = start({ timeEvery: 8 })
    load.turns()
    load.drain()
    expect(histograms.firstHalf.count).toBe(books.completed / 8)
  })

  it('stays in its own part of a disk, and writes as often as it should', () => {
    const { load, sent } = start({ addressing: 'random', readPercent: 25 })
    for (let i = 0; i < 20; i++) load.turns()
    const offsets = sent.map(({ offset }) => offset / BYTES)
    expect(Math.min(...offsets)).toBeGreaterThanOrEqual(1000)
    expect(Math.max(...offsets)).toBeLessThan(1100)
    expect(new Set(offsets).size).toBe(100)
    const writes = sent.filter(({ write }) => write).length / sent.length
    expect(writes).toBeGreaterThan(0.7)
    expect(writes).toBeLessThan(0.8)
  })
})

describe('HostLoad in an open loop', () => {
  it('sends what is due and nothing else, at most a batch a submit', () => {
    const { load, state } = start({ arrivals: new FixedRate(1e6) })
    state.nowNs += 6500
    load.turns()
    // Seven were due, at 0, 1, … 6 µs; then it waits for the next, or looks at the clock.
    expect(state.submits.slice(0, 2)).toEqual([4, 3])
  })

  it('counts a latency from when the request was due, however late it was sent', () => {
    const { load, state, histograms } = start({ arrivals: new FixedRate(1e6) })
    state.nowNs += 9000
    load.turns()
    load.drain()
    expect(histograms.firstHalf.count).toBeGreaterThanOrEqual(10)
    expect(histograms.firstHalf.max).toBeGreaterThanOrEqual(9000)
  })

  it('forgets what was due and not sent when it begins anew', () => {
    const { load, sent, state, histograms } = start({ arrivals: new FixedRate(1e6) })
    state.nowNs += 1_000_000
    load.begin()
    load.turns()
    load.drain()
    expect(sent.length).toBeLessThan(20)
    expect(histograms.firstHalf.max).toBeLessThan(100_000)
  })

  it('keeps its schedule when everything is in flight', () => {
    const { load, state, books } = start({ arrivals: new FixedRate(1e6) })
    state.answers = false
    state.nowNs += 100_000
    load.turns()
    expect(books.inFlight).toBe(DEPTH)
    state.answers = true
    expect(state.submits.reduce((sum, count) => sum + count, 0)).toBe(DEPTH)
  })

  it('sleeps until shortly before the next arrival when that is far', () => {
    const { load, state } = start({ arrivals: new FixedRate(1000) })
    load.turns()
    expect(state.waits.length).toBeGreaterThan(0)
    for (const ms of state.waits) expect(ms).toBeLessThanOrEqual(0.95)
  })
})
