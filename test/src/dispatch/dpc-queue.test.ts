import { describe, expect, it } from 'vitest'
import { DeferredCall, DpcQueue } from '../../../src/dispatch/dpc-queue.js'

function queueWithLog() {
  const log: string[] = []
  const thrown: unknown[] = []
  const queue = new DpcQueue((_call, error) => thrown.push(error))
  const call = (name: string) =>
    new DeferredCall((self) => log.push(`${name} ${self.argument1} ${self.argument2}`))
  return { log, thrown, queue, call }
}

describe('DpcQueue', () => {
  it('runs what is queued twice once, with the first arguments', () => {
    const { log, queue, call } = queueWithLog()
    const dpc = call('a')
    expect(queue.enqueue(dpc, 1, 2)).toBe(true)
    expect(queue.enqueue(dpc, 3, 4)).toBe(false)
    expect(queue.poll(10)).toBe(1)
    expect(log).toEqual(['a 1 2'])
    expect(queue.enqueue(dpc, 5, 6)).toBe(true)
    expect(queue.poll(10)).toBe(1)
    expect(log).toEqual(['a 1 2', 'a 5 6'])
    expect([dpc.enqueued, dpc.runs]).toEqual([2, 2])
  })

  it('may be queued again while it runs, and then runs in the next poll', () => {
    const { queue } = queueWithLog()
    const answers: boolean[] = []
    const dpc = new DeferredCall((self) => {
      answers.push(queue.enqueue(self, 0, 0), queue.enqueue(self, 0, 0))
    })
    queue.enqueue(dpc, 0, 0)
    expect(queue.poll(10)).toBe(1)
    expect(answers).toEqual([true, false])
    expect([queue.length, dpc.runs]).toEqual([1, 1])
    expect(queue.poll(10)).toBe(1)
    expect(dpc.runs).toBe(2)
  })

  it('is first come, first served, within its budget', () => {
    const { log, queue, call } = queueWithLog()
    for (const name of ['a', 'b', 'c']) queue.enqueue(call(name), 0, 0)
    expect(queue.poll(2)).toBe(2)
    expect([log, queue.length]).toEqual([['a 0 0', 'b 0 0'], 1])
    expect(queue.poll(2)).toBe(1)
    expect(queue.poll(2)).toBe(0)
  })

  it('removes only what waits', () => {
    const { log, queue, call } = queueWithLog()
    const dpc = call('a')
    expect(queue.remove(dpc)).toBe(false)
    queue.enqueue(dpc, 0, 0)
    expect(queue.remove(dpc)).toBe(true)
    expect(queue.poll(10)).toBe(0)
    expect(log).toEqual([])
  })

  it('flush leaves no run pending', () => {
    const { log, queue, call } = queueWithLog()
    const dpc = call('a')
    expect(queue.flush(dpc)).toBe(false)
    queue.enqueue(dpc, 1, 1)
    expect(queue.flush(dpc)).toBe(true)
    expect([queue.length, log]).toEqual([0, ['a 1 1']])
  })

  it('goes on after one that throws', () => {
    const { log, thrown, queue, call } = queueWithLog()
    const bad = new DeferredCall(() => {
      throw new Error('told to')
    })
    queue.enqueue(call('a'), 0, 0)
    queue.enqueue(bad, 0, 0)
    queue.enqueue(call('b'), 0, 0)
    expect(queue.poll(10)).toBe(3)
    expect(log).toEqual(['a 0 0', 'b 0 0'])
    expect(thrown).toEqual([new Error('told to')])
    queue.enqueue(bad, 0, 0)
    expect(queue.flush(bad)).toBe(true)
    expect(thrown).toHaveLength(2)
  })
})
