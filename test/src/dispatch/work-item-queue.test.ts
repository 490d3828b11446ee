import { describe, expect, it } from 'vitest'
import { WorkItemCall, WorkItemQueue } from '../../../src/dispatch/work-item-queue.js'
import { eventLoopTurn } from '../../harness/event-loop-turn.js'

function newQueue() {
  const counts = { wakes: 0, pending: 0 }
  const thrown: unknown[] = []
  const queue = new WorkItemQueue(
    {
      wake: () => counts.wakes++,
      pendingAsync: (change) => {
        counts.pending += change
      },
    },
    (_call, error) => thrown.push(error),
  )
  return { queue, counts, thrown }
}

describe('WorkItemQueue', () => {
  it('enqueueing a waiting item does nothing', () => {
    const { queue, counts } = newQueue()
    const item = new WorkItemCall(() => {})
    expect([queue.enqueue(item), queue.enqueue(item)]).toEqual([true, false])
    expect(counts.wakes).toBe(1)
    expect(queue.poll(10)).toBe(1)
    expect([item.runs, item.isIdle]).toEqual([1, true])
  })

  it('an item may queue itself, and runs again in the next poll', () => {
    const { queue } = newQueue()
    const item = new WorkItemCall((self) => {
      if (self.runs < 3) queue.enqueue(self)
    })
    queue.enqueue(item)
    expect([queue.poll(10), queue.poll(10), queue.poll(10), queue.poll(10)]).toEqual([1, 1, 1, 0])
    expect(item.runs).toBe(3)
  })

  it('an asynchronous item does not overlap itself', async () => {
    const { queue, counts } = newQueue()
    const gates: (() => void)[] = []
    const item = new WorkItemCall(() => new Promise<void>((resolve) => gates.push(resolve)))
    queue.enqueue(item)
    queue.poll(10)
    expect([item.isRunning, counts.pending]).toEqual([true, 1])
    expect([queue.enqueue(item), queue.enqueue(item)]).toEqual([true, false])
    expect(queue.poll(10)).toBe(0)
    gates[0]?.()
    await eventLoopTurn()
    expect([item.isRunning, queue.length, counts.pending]).toEqual([false, 1, 0])
    queue.poll(10)
    gates[1]?.()
    await eventLoopTurn()
    expect([item.runs, item.isIdle]).toEqual([2, true])
  })

  it('flush waits until the item neither waits nor runs', async () => {
    const { queue } = newQueue()
    const gates: (() => void)[] = []
    const item = new WorkItemCall(() => new Promise<void>((resolve) => gates.push(resolve)))
    await queue.flush(item)
    queue.enqueue(item)
    let isFlushed = false
    const flushed = queue.flush(item).then(() => {
      isFlushed = true
    })
    await eventLoopTurn()
    queue.poll(10)
    await eventLoopTurn()
    expect(isFlushed).toBe(false)
    gates[0]?.()
    await flushed
    expect(item.isIdle).toBe(true)
  })

  it('removing a waiting item ends the wait for it', async () => {
    const { queue } = newQueue()
    const item = new WorkItemCall(() => {})
    expect(queue.remove(item)).toBe(false)
    queue.enqueue(item)
    const flushed = queue.flush(item)
    expect(queue.remove(item)).toBe(true)
    await flushed
    expect([queue.poll(10), item.runs]).toEqual([0, 0])
  })

  it('tells of items that throw or reject, and goes on', async () => {
    const { queue, thrown } = newQueue()
    const after = new WorkItemCall(() => {})
    queue.enqueue(
      new WorkItemCall(() => {
        throw new Error('thrown')
      }),
    )
    const rejecting = new WorkItemCall(() => Promise.reject(new Error('rejected')))
    queue.enqueue(rejecting)
    queue.enqueue(after)
    expect(queue.poll(10)).toBe(3)
    await eventLoopTurn()
    expect(thrown).toEqual([new Error('thrown'), new Error('rejected')])
    expect([after.runs, rejecting.isIdle]).toEqual([1, true])
  })

  it('keeps to its budget', () => {
    const { queue } = newQueue()
    for (let i = 0; i < 5; i++) queue.enqueue(new WorkItemCall(() => {}))
    expect([queue.poll(2), queue.length]).toEqual([2, 3])
  })
})
