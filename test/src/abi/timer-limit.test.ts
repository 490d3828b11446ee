import { expect, it } from 'vitest'
import { MAX_TIMER_MS } from '../../../src/abi/timer-limit.js'

function msOf(timer: NodeJS.Timeout): number | undefined {
  return (timer as { _idleTimeout?: number })._idleTimeout
}

it('is the longest that a timer of Node counts', () => {
  const longest = setTimeout(() => {}, MAX_TIMER_MS)
  const longer = setTimeout(() => {}, MAX_TIMER_MS + 1)
  expect([msOf(longest), msOf(longer)]).toEqual([MAX_TIMER_MS, 1])
  clearTimeout(longest)
  clearTimeout(longer)
})
