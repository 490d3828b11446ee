import { expect, it } from 'vitest'
import { addLedgers, formatLedger, type Ledger } from '../../../src/irp/ledger.js'

const ledger: Ledger = {
  accepted: 15,
  completed: 10,
  success: 1,
  error: 2,
  cancelled: 3,
  workerDied: 4,
  inFlight: 5,
  duplicates: 6,
  lost: 7,
}

it('is told in one line', () => {
  expect(formatLedger(ledger)).toBe(
    'accepted 15 completed 10 (success 1, error 2, cancelled 3, worker died 4) in flight 5 duplicates 6 lost 7',
  )
})

it('adds up entry by entry', () => {
  const twice = Object.fromEntries(Object.entries(ledger).map(([name, n]) => [name, 2 * Number(n)]))
  expect(addLedgers([ledger, ledger])).toEqual(twice)
  expect(addLedgers([ledger])).toEqual(ledger)
  expect(Object.values(addLedgers([])).every((n) => n === 0)).toBe(true)
})
