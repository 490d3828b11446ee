import { describe, expect, it } from 'vitest'
import {
  LOCK_CONTENDED,
  LOCK_FREE,
  LOCK_OWNER,
  LOCK_WORDS,
  lockOwner,
  ownerIncarnation,
  ownerWorker,
} from '../../../src/abi/lock-layout.js'
import { CONTEXT_LINE_WORDS } from '../../../src/abi/shared-context-layout.js'
import { drawnNumbers, headComment } from '../../harness/drawn-layout.js'

const comment = headComment('src/abi/lock-layout.ts')

describe('a lock', () => {
  it('is as drawn, and a cache line long', () => {
    expect([...drawnNumbers(comment, /word (?<at>\d+) +(?<name>[A-Z]+)/g)]).toEqual([
      ['OWNER', LOCK_OWNER],
    ])
    expect(comment).toContain(`words ${LOCK_OWNER + 1}-${LOCK_WORDS - 1} `)
    expect(LOCK_WORDS).toBe(CONTEXT_LINE_WORDS)
  })
})

describe("an owner's id", () => {
  it.each([
    [0, 0],
    [0, 1],
    [1, 1],
    [125, 7],
    [1022, 0xfffff],
  ])('says worker %i and incarnation %i', (worker, incarnation) => {
    const owner = lockOwner(worker, incarnation)
    expect([ownerWorker(owner), ownerIncarnation(owner)]).toEqual([worker, incarnation])
    expect(owner).toBeGreaterThan(LOCK_FREE)
    expect(owner).toBeLessThan(2 ** 31)
    expect(owner & LOCK_CONTENDED).toBe(0)
  })

  it('is another one for each worker and each incarnation', () => {
    const owners = [0, 1, 2].flatMap((worker) => [0, 1, 2].map((died) => lockOwner(worker, died)))
    expect(new Set(owners).size).toBe(9)
  })

  it('counts incarnations modulo 2^20', () => {
    expect(lockOwner(3, 2 ** 20 + 5)).toBe(lockOwner(3, 5))
  })
})
