import assert from 'node:assert/strict'
import { describe, expect, it } from 'vitest'
import { Random } from '../../../native-sim/random.js'
import { CallList, QueuedCall } from '../../../src/dispatch/call-list.js'

describe('CallList', () => {
  it('does what an array without repetitions does, at random', () => {
    const random = new Random(17)
    const list = new CallList()
    const calls = Array.from({ length: 12 }, () => new QueuedCall())
    let model: QueuedCall[] = []
    for (let step = 0; step < 5000; step++) {
      const call = calls[random.nextBelow(12)] as QueuedCall
      if (random.nextBelow(2) === 0) {
        assert.equal(list.append(call), !model.includes(call))
        if (!model.includes(call)) model.push(call)
      } else {
        assert.equal(list.remove(call), model.includes(call))
        model = model.filter((other) => other !== call)
      }
      const linked: QueuedCall[] = []
      for (let next = list.head; next !== null; next = next.next) linked.push(next)
      expect(linked).toEqual(model)
      expect(list.length).toBe(model.length)
      expect(calls.filter((each) => each.isQueued).length).toBe(model.length)
    }
  })
})
