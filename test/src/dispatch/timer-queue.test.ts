import assert from 'node:assert/strict'
import { describe, expect, it } from 'vitest'
import { Random } from '../../../native-sim/random.js'
import { TimerCall, TimerQueue } from '../../../src/dispatch/timer-queue.js'

function newQueue(startMs = 0) {
  const clock = { nowMs: startMs }
  const thrown: unknown[] = []
  const queue = new TimerQueue(
    () => clock.nowMs,
    (_call, error) => thrown.push(error),
  )
  return { clock, thrown, queue }
}
const ignore = (): void => {}

describe('TimerQueue', () => {
  it('fires a one-shot once, not before it is due', () => {
    const { clock, queue } = newQueue(0.3)
    const timer = new TimerCall(ignore, 0, 0, false)
    expect(queue.start(timer, 10)).toBe(false)
    clock.nowMs = 10.2
    expect(queue.poll(10)).toBe(0)
    // Ordinary timers fire on a whole millisecond.
    expect(queue.nextMs).toBe(11)
    clock.nowMs = 11
    expect([queue.poll(10), timer.isArmed]).toEqual([1, false])
    clock.nowMs = 100
    expect([queue.poll(10), queue.nextMs, timer.runs]).toEqual([0, Infinity, 1])
  })

  it('a high-resolution timer fires when it is due', () => {
    const { queue } = newQueue(0.3)
    queue.start(new TimerCall(ignore, 0, 0, true), 0.5)
    expect(queue.nextMs).toBeCloseTo(0.8, 9)
  })

  it('timers with a tolerable delay fire together, within it', () => {
    const { queue, clock } = newQueue(3)
    const timers = Array.from({ length: 20 }, () => new TimerCall(ignore, 0, 50, false))
    timers.forEach((timer, i) => queue.start(timer, 100 + i))
    const times = new Set(timers.map((timer) => timer.fireMs))
    for (const [i, timer] of timers.entries()) {
      expect(timer.fireMs).toBeGreaterThanOrEqual(103 + i)
      expect(timer.fireMs).toBeLessThanOrEqual(153 + i)
    }
    expect(times.size).toBe(1)
    clock.nowMs = queue.nextMs
    expect(queue.poll(100)).toBe(20)
  })

  it('starting an armed timer moves it', () => {
    const { clock, queue } = newQueue()
    const timer = new TimerCall(ignore, 0, 0, false)
    queue.start(timer, 10)
    expect(queue.start(timer, 20)).toBe(true)
    clock.nowMs = 15
    expect([queue.poll(10), queue.length]).toEqual([0, 1])
    expect([queue.stop(timer), queue.stop(timer)]).toEqual([true, false])
  })

  it('a periodic timer keeps its phase, and skips what it missed', () => {
    const { clock, queue } = newQueue()
    const timer = new TimerCall(ignore, 10, 0, false)
    queue.start(timer, 5)
    const fired: number[] = []
    for (clock.nowMs = 0; clock.nowMs < 100; clock.nowMs += 0.5) {
      if (clock.nowMs > 30 && clock.nowMs < 58) continue
      if (queue.poll(10) === 1) fired.push(clock.nowMs)
    }
    expect(fired).toEqual([5, 15, 25, 58, 65, 75, 85, 95])
    expect(queue.stop(timer)).toBe(true)
  })

  it('a timer may start or stop itself and others from its callback', () => {
    const { clock, queue } = newQueue()
    const other = new TimerCall(ignore, 0, 0, false)
    const again = new TimerCall(
      (self) => {
        if (self.runs < 3) queue.start(self, 1)
        queue.stop(other)
      },
      0,
      0,
      false,
    )
    const periodic = new TimerCall((self) => void queue.stop(self), 1, 0, false)
    queue.start(again, 1)
    queue.start(other, 2)
    queue.start(periodic, 1)
    for (clock.nowMs = 0; clock.nowMs < 20; clock.nowMs++) queue.poll(10)
    expect([again.runs, other.runs, periodic.runs, queue.length]).toEqual([3, 0, 1, 0])
  })

  it('goes on after one that throws, and keeps to its budget', () => {
    const { clock, queue, thrown } = newQueue()
    const bad = new TimerCall(
      () => {
        throw new Error('told to')
      },
      0,
      0,
      false,
    )
    const good = [1, 2, 3].map(() => new TimerCall(ignore, 0, 0, false))
    for (const timer of [bad, ...good]) queue.start(timer, 1)
    clock.nowMs = 1
    expect([queue.poll(2), queue.length]).toEqual([2, 2])
    expect(queue.poll(10)).toBe(2)
    expect(thrown).toEqual([new Error('told to')])
    expect(good.map((timer) => timer.runs)).toEqual([1, 1, 1])
  })

  it('fires what a sorted list would fire, at random', () => {
    const random = new Random(3)
    const { clock, queue } = newQueue()
    const timers = Array.from({ length: 40 }, () => new TimerCall(ignore, 0, 0, true))
    const model = new Map<TimerCall, number>()
    for (let step = 0; step < 5000; step++) {
      const timer = timers[random.nextBelow(40)] as TimerCall
      const draw = random.nextBelow(10)
      if (draw < 5) {
        const delay = random.nextBelow(1000)
        assert.equal(queue.start(timer, delay), model.has(timer))
        model.set(timer, clock.nowMs + delay)
      } else if (draw < 7) {
        assert.equal(queue.stop(timer), model.delete(timer))
      } else {
        clock.nowMs += random.nextBelow(100)
        const due = [...model].filter(([, at]) => at <= clock.nowMs)
        const runs = due.map(([each]) => each.runs)
        assert.equal(queue.poll(1000), due.length)
        due.forEach(([each], i) => assert.equal(each.runs, (runs[i] ?? 0) + 1))
        for (const [each] of due) model.delete(each)
      }
      expect(queue.length).toBe(model.size)
      expect(queue.nextMs).toBe(Math.min(Infinity, ...model.values()))
    }
  })
})
