import { describe, expect, it } from 'vitest'
import {
  ANY_WORKER,
  effectiveScope,
  placeQueue,
  shareOfLimit,
} from '../../../src/framework/synchronization-scope.js'

describe('effectiveScope', () => {
  it('is the queue’s own, or the device’s', () => {
    for (const device of ['device', 'queue', 'none', 'inherit'] as const) {
      expect(effectiveScope('inherit', device)).toBe(device)
      expect(effectiveScope('queue', device)).toBe('queue')
    }
  })
})

describe('placeQueue', () => {
  it('keeps all queues of a device at home when they may not overlap, or nobody asked', () => {
    for (const scope of ['device', 'inherit'] as const) {
      for (const index of [0, 1, 5]) {
        expect(placeQueue(scope, 'parallel', index, 2, 4)).toBe(2)
      }
    }
  })

  it('spreads queues of queue scope round the pool from home', () => {
    expect([0, 1, 2, 3, 4].map((i) => placeQueue('queue', 'sequential', i, 2, 4))).toEqual([
      2, 3, 0, 1, 2,
    ])
  })

  it('lets a parallel queue without a scope run anywhere, and any other stay home', () => {
    expect(placeQueue('none', 'parallel', 0, 1, 2)).toBe(ANY_WORKER)
    expect(placeQueue('none', 'sequential', 0, 1, 2)).toBe(1)
    expect(placeQueue('none', 'manual', 3, 1, 2)).toBe(1)
  })

  it('has one place only when there is one worker', () => {
    for (const scope of ['device', 'queue', 'none', 'inherit'] as const) {
      expect(placeQueue(scope, 'parallel', 3, 0, 1)).toBe(0)
    }
  })
})

describe('shareOfLimit', () => {
  it('adds up to the limit over all workers, none more than one apart', () => {
    for (const workers of [1, 2, 3, 7]) {
      for (const limit of [1, 2, 7, 100]) {
        const shares = Array.from({ length: workers }, (_, w) => shareOfLimit(limit, w, workers))
        expect(shares.reduce((sum, share) => sum + share)).toBe(limit)
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1)
      }
    }
  })

  it('has no share of no limit', () => {
    expect(shareOfLimit(Infinity, 1, 3)).toBe(Infinity)
  })
})
