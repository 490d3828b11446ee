/**
 * I/O queue state: that a queue costs the path of a request nothing once it owes nothing. Its rules are in
 * test/conformance/3.4 and 3.5.
 */
import { describe, expect, it } from 'vitest'
import * as nt from '../../../src/abi/ntstatus.js'
import { DUTY } from '../../../src/dispatch/queue-gate.js'
import { singleQueue } from '../../conformance/single-queue.js'

describe('the duty of a gate', () => {
  it.each(['stop', 'stopAndPurge', 'drain', 'purge'] as const)(
    'begins with %s and ends with its callback and start',
    async (operation) => {
      const { engine, queue } = await singleQueue()
      expect(queue.demand).toBe(0)
      let calls = 0
      queue[operation](() => void calls++)
      expect(queue.demand & DUTY).toBe(DUTY)
      engine.settle()
      queue.start()
      engine.settle()
      expect([calls, queue.demand]).toEqual([1, 0])
    },
  )

  it.each(['stop', 'stopAndPurge'] as const)(
    'is none after %s without a callback',
    async (operation) => {
      const { engine, queue } = await singleQueue()
      queue[operation]()
      engine.settle()
      expect([queue.demand, queue.limit]).toEqual([0, 0])
    },
  )

  it('ends after what a purge cancelled has ended', async () => {
    const { engine, requester, queue, held } = await singleQueue({ dispatchType: 'sequential' })
    requester.reads(1, 2, 3)
    held[0]?.markCancelable(() => held[0]?.complete(nt.STATUS_CANCELLED))
    queue.stopAndPurge()
    expect(queue.demand & DUTY).toBe(DUTY)
    engine.settle()
    expect(engine.reap()).toHaveLength(3)
    expect([queue.demand, queue.owned]).toEqual([0, 0])
  })

  it('stays while a ready notification is registered', async () => {
    const { engine, queue } = await singleQueue({ dispatchType: 'manual' })
    queue.readyNotify(() => {})
    engine.settle()
    expect(queue.demand & DUTY).toBe(DUTY)
    queue.stop()
    queue.readyNotify(null)
    queue.start()
    engine.settle()
    expect(queue.demand).toBe(0)
  })
})

describe('the limit of a gate', () => {
  it('is 0 while the queue does not dispatch or is held, and its own otherwise', async () => {
    const { queue } = await singleQueue({ numberOfPresentedRequests: 3 })
    const limits: number[] = [queue.limit]
    queue.stop()
    limits.push(queue.limit)
    queue.start()
    limits.push(queue.limit)
    queue.power.hold()
    limits.push(queue.limit)
    queue.power.resume()
    limits.push(queue.limit)
    expect(limits).toEqual([3, 0, 3, 0, 3])
  })

  it('stays 0 when a held queue is started, and when a stopped one comes to D0', async () => {
    const { queue } = await singleQueue()
    queue.power.hold()
    queue.stop()
    queue.start()
    expect(queue.limit).toBe(0)
    queue.stop()
    queue.power.resume()
    expect(queue.limit).toBe(0)
    queue.start()
    expect(queue.limit).toBeGreaterThan(0)
  })
})
