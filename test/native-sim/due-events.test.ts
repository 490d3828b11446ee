import assert from 'node:assert/strict'
import { describe, expect, it } from 'vitest'
import { DueEvents } from '../../native-sim/due-events.js'
import { Random } from '../../native-sim/random.js'

describe('DueEvents', () => {
  it('come out in order of time, then of insertion, at random', () => {
    const random = new Random(5)
    const events = new DueEvents()
    let model: { at: number; payload: number }[] = []
    for (let step = 0; step < 5000; step++) {
      if (model.length === 0 || random.nextBelow(2) === 0) {
        const at = random.nextBelow(50)
        events.add(at, step)
        model.push({ at, payload: step })
      } else {
        const first = Math.min(...model.map(({ at }) => at))
        const next = model.find(({ at }) => at === first)
        assert.deepEqual([events.nextUs, events.take()], [first, next?.payload])
        model = model.filter((event) => event !== next)
      }
      expect(events.count).toBe(model.length)
      if (step === 4000) {
        events.clear()
        model = []
      }
    }
  })

  it('there is none at the start', () => {
    expect([new DueEvents().count, new DueEvents().nextUs]).toEqual([0, Infinity])
  })
})
