import { afterEach, describe, expect, it, vi } from 'vitest'
import { READ_BYTES, STEP } from '../../../bench/engine/null-read-steps.js'
import { NullReads } from '../../../bench/engine/null-reads.js'
import type { NullReadsPlan } from '../../../bench/engine/null-reads.js'
import type { ChannelBuffer, IrpFile } from '../../../src/index.js'
import { type Answer, FakeChannel } from '../fixtures/fake-channel.js'

const FILE = {} as IrpFile
const BUFFER = {} as ChannelBuffer

function start(channel: FakeChannel, changes: Partial<NullReadsPlan> = {}): NullReads {
  return new NullReads({
    channel: channel.asChannel,
    lanes: [[FILE]],
    buffer: BUFFER,
    depth: 8,
    batch: 4,
    callback: 'batch',
    ...changes,
  })
}

/** Spoils the request with this number, lets all others be. */
function spoil(number: number, into: (answer: Answer) => readonly Answer[]) {
  return (answer: Answer) => (answer[0] === number * STEP ? into(answer) : [answer])
}

describe('NullReads', () => {
  afterEach(() => void vi.restoreAllMocks())

  it.each(['batch', 'each'] as const)(
    'finds nothing wrong with right answers, a callback for %s',
    (callback) => {
      const reads = start(new FakeChannel(), { callback })
      reads.turns()
      reads.turns()
      expect(reads.completed).toBeGreaterThan(8)
      expect(reads.drain()).toEqual({})
      expect(reads.latency.count).toBeGreaterThan(0)
    },
  )

  it('keeps as many in flight as it should, in whole batches', () => {
    const silent = new FakeChannel(() => [])
    const submit = vi.spyOn(silent, 'submit')
    start(silent, { depth: 1024, batch: 128 }).turns()
    expect(submit.mock.results.map(({ value }) => value)).toEqual(Array(8).fill(128))
  })

  it('divides them among the lanes, and makes batches smaller where they would not fit', () => {
    const contexts: number[] = []
    const silent = new FakeChannel(([context]) => {
      contexts.push(context)
      return []
    })
    start(silent, { lanes: [[FILE], [FILE], [FILE]], depth: 7, batch: 32 }).turns()
    expect(contexts).toEqual([0, STEP, 1, STEP + 1, 2, STEP + 2])
  })

  it('takes the files of a lane in turn', () => {
    const channel = new FakeChannel()
    const prepare = vi.spyOn(channel, 'prepareRead')
    const files = ['a', 'b', 'c'].map((name) => ({ name }) as unknown as IrpFile)
    start(channel, { lanes: [files], depth: 8, batch: 4 }).turns()
    expect(prepare.mock.calls.slice(0, 4).map(([file]) => file)).toEqual([...files, files[0]])
  })

  describe.each(['batch', 'each'] as const)('with a callback for %s', (callback) => {
    it.each<[string, (answer: Answer) => readonly Answer[], object]>([
      [
        'a failure',
        ([context, , bytes]) => [[context, -1, bytes]],
        { lost: 0, wrong: 1, wrongBytes: 0 },
      ],
      [
        'a byte less',
        ([context]) => [[context, 0, READ_BYTES - 1]],
        { lost: 0, wrong: 0, wrongBytes: -1 },
      ],
      [
        'an answer twice',
        (answer) => [answer, answer],
        { lost: -1, wrong: 1, wrongBytes: READ_BYTES },
      ],
      [
        "another one's context",
        ([, status, bytes]) => [[4 * STEP, status, bytes]],
        { lost: 0, wrong: 2, wrongBytes: 0 },
      ],
      [
        'the context of no lane',
        ([, status, bytes]) => [[-1, status, bytes]],
        { lost: 0, wrong: 2, wrongBytes: 0 },
      ],
    ])('notices %s', (_, into, complaints) => {
      const reads = start(new FakeChannel(spoil(5, into)), { callback })
      reads.turns()
      expect(reads.drain()).toEqual(complaints)
    })
  })

  it('does not wait for ever for an answer that never comes, and parks meanwhile', () => {
    let nowMs = 0
    vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 10))
    const channel = new FakeChannel(spoil(5, () => []))
    const reads = start(channel)
    for (let i = 0; i < 20; i++) reads.turns()
    expect(reads.drain()).toMatchObject({ lost: 1, wrongBytes: -READ_BYTES })
    expect(channel.waits).toBeGreaterThan(0)
  })

  it('stops at once when the channel refuses', () => {
    const channel = new FakeChannel()
    vi.spyOn(channel, 'submit').mockReturnValue(-5)
    expect(() => start(channel).turns()).toThrow('the channel took -5 of 4 requests')
  })

  it('forgets the latencies of the warm-up', () => {
    const reads = start(new FakeChannel())
    reads.turns()
    reads.forgetLatencies()
    expect(reads.latency.count).toBe(0)
  })
})
