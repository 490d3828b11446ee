/**
 * Signals at random moments of a loaded process, the short form of `npm run signals`: exit code 0 and a
 * balanced ledger each time; a second signal ends at once.
 */
import { expect, it } from 'vitest'
import { ledgerOf, signalled } from '../signals/signalled.js'

const COUNT = 6

it(
  `${COUNT} signals: everything accepted completes, exit code 0`,
  async () => {
    for (let i = 0; i < COUNT; i++) {
      const end = await signalled(Math.random() * 60, i % 2 === 0 ? 'SIGTERM' : 'SIGINT')
      expect(end.code).toBe(0)
      const ledger = ledgerOf(end)
      expect(ledger?.isBalanced).toBe(true)
      expect(ledger?.accepted).toBeGreaterThan(32)
      // The read that no driver ends by itself was cancelled at the deadline.
      expect(ledger?.cancelled).toBeGreaterThan(0)
    }
  },
  30_000 * COUNT,
)

it('a second signal ends the process at once, with 128 + its number', async () => {
  // The drain would go on until its deadline: a read never ends.
  const { code, lastLine } = await signalled(20, 'SIGTERM', 'SIGTERM')
  expect(code).toBe(143)
  expect(lastLine).toBe('loaded')
})
