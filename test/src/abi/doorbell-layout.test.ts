import { describe, expect, it } from 'vitest'
import {
  DOORBELL_EPOCH,
  DOORBELL_EVENT_LOOP,
  DOORBELL_PARKED,
  DOORBELL_RUNNING,
  DOORBELL_STATE,
  DOORBELL_WORDS,
} from '../../../src/abi/doorbell-layout.js'
import { LINE_PAIR_WORDS } from '../../../src/abi/ring-layout.js'
import { drawnNumbers, headComment } from '../../harness/drawn-layout.js'

describe('doorbell layout', () => {
  it('is as drawn', () => {
    const drawn = drawnNumbers(
      headComment('src/abi/doorbell-layout.ts'),
      /word +(?<at>\d+) +(?<name>[A-Z]+)/g,
    )
    expect(Object.fromEntries(drawn)).toEqual({ STATE: DOORBELL_STATE, EPOCH: DOORBELL_EPOCH })
  })

  it('keeps what the sleeper writes and what ringers write a line pair apart, and nothing overlaps', () => {
    expect(Math.abs(DOORBELL_EPOCH - DOORBELL_STATE)).toBeGreaterThanOrEqual(LINE_PAIR_WORDS)
    expect(Math.max(DOORBELL_EPOCH, DOORBELL_STATE)).toBeLessThan(DOORBELL_WORDS)
    expect(DOORBELL_WORDS % LINE_PAIR_WORDS).toBe(0)
  })

  it('has three states, and zeroed memory means running', () => {
    expect(new Set([DOORBELL_RUNNING, DOORBELL_PARKED, DOORBELL_EVENT_LOOP]).size).toBe(3)
    expect(DOORBELL_RUNNING).toBe(0)
  })
})
