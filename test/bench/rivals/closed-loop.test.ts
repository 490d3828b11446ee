import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ClosedLoop, STATUS_SUCCESS, lengthOf } from '../../../bench/rivals/closed-loop.js'

/** The first timed answer opens the window, the second closes it: no clock decides anything. */
const AT_ONCE = { durationMs: 0, warmupMs: 0, options: { workers: 1, quick: true } }
const DEPTH = 4

/** Answers oldest first until the loop wants no more; `answer` may spoil one. */
function play(loop: ClosedLoop, answer: (id: number) => Parameters<ClosedLoop['complete']>[]) {
  const inFlight = Array.from({ length: loop.depth }, (_, slot) => loop.issue(slot))
  const seen: number[] = []
  while (inFlight.length > 0) {
    const id = inFlight.shift()!
    seen.push(id)
    for (const arguments_ of answer(id)) {
      if (loop.complete(...arguments_)) inFlight.push(loop.issue(id % loop.depth))
    }
  }
  return seen
}

function right(id: number): Parameters<ClosedLoop['complete']> {
  return [id, STATUS_SUCCESS, lengthOf(id)]
}

describe('ClosedLoop', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  it('accepts right answers, measures only the window and drains', async () => {
    const loop = new ClosedLoop(DEPTH, AT_ONCE)
    const seen = play(loop, (id) => [right(id)])
    const measurement = await loop.finished({ parks: 3 })
    expect(measurement.checksumOk).toBe(true)
    expect(measurement.notes).toEqual({ parks: 3 })
    expect(measurement.operations).toBeGreaterThan(0)
    expect(measurement.operations).toBeLessThan(seen.length)
    expect(measurement.latencyNs).toBeDefined()
    expect(new Set(seen).size).toBe(seen.length)
  })

  it('works with one in flight', async () => {
    const loop = new ClosedLoop(1, AT_ONCE)
    play(loop, (id) => [right(id)])
    expect((await loop.finished()).checksumOk).toBe(true)
  })

  it('notices an answer given twice', async () => {
    const loop = new ClosedLoop(DEPTH, AT_ONCE)
    play(loop, (id) => (id === 5 ? [right(id), right(id)] : [right(id)]))
    const { checksumOk, notes } = await loop.finished()
    expect(checksumOk).toBe(false)
    expect(notes).toMatchObject({ duplicates: 1, lost: 0 })
  })

  it('notices a wrong number of bytes', async () => {
    const loop = new ClosedLoop(DEPTH, AT_ONCE)
    play(loop, (id) => (id === 5 ? [[id, STATUS_SUCCESS, 1]] : [right(id)]))
    const { checksumOk, notes } = await loop.finished()
    expect(checksumOk).toBe(false)
    expect(notes).toHaveProperty('sum')
  })

  it('notices a status that is no success', async () => {
    const loop = new ClosedLoop(DEPTH, AT_ONCE)
    play(loop, (id) => (id === 5 ? [[id, -1, lengthOf(id)]] : [right(id)]))
    const { checksumOk, notes } = await loop.finished()
    expect(checksumOk).toBe(false)
    expect(notes).toMatchObject({ errors: 1 })
  })

  it('does not wait for ever for an answer that never comes', async () => {
    const loop = new ClosedLoop(DEPTH, AT_ONCE)
    play(loop, (id) => (id === 5 ? [] : [right(id)]))
    const finished = loop.finished()
    vi.runAllTimers()
    const { checksumOk, notes } = await finished
    expect(checksumOk).toBe(false)
    expect(notes).toMatchObject({ lost: 1, duplicates: 0 })
  })

  it('refuses a depth from which a slot cannot be told', () => {
    for (const depth of [0, 3, -4, 1.5]) {
      expect(() => new ClosedLoop(depth, AT_ONCE)).toThrow(/power of two/)
    }
  })
})
