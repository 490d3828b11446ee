import { describe, expect, it } from 'vitest'
import { EMPTY_LEDGER, addLedgers, formatLedger, ledgerBalances } from '../../bench/ledger.js'

const LEDGER = {
  accepted: 10,
  completed: 10,
  success: 6,
  error: 1,
  cancelled: 2,
  workerDied: 1,
  inFlight: 0,
  duplicates: 0,
  lost: 0,
}

describe('ledger', () => {
  it('balances when every request ended once in one of the four ways', () => {
    expect(ledgerBalances(LEDGER)).toBe(true)
    expect(ledgerBalances(EMPTY_LEDGER)).toBe(true)
  })

  it.each(Object.entries(LEDGER))('does not balance when %s is not %i', (field, count) => {
    const off = { ...LEDGER, [field]: count + 1 }
    expect(ledgerBalances(off)).toBe(false)
  })

  it('is not balanced by requests that never ended', () => {
    expect(ledgerBalances({ ...LEDGER, accepted: 11, inFlight: 1 })).toBe(false)
  })

  it('adds field by field', () => {
    const sum = addLedgers(LEDGER, { ...LEDGER, inFlight: 3, duplicates: 4, lost: 5 })
    expect(sum).toEqual({
      accepted: 20,
      completed: 20,
      success: 12,
      error: 2,
      cancelled: 4,
      workerDied: 2,
      inFlight: 3,
      duplicates: 4,
      lost: 5,
    })
  })

  it('is told in one line', () => {
    expect(formatLedger({ ...LEDGER, inFlight: 3, duplicates: 4, lost: 5 })).toBe(
      'accepted 10 completed 10 (success 6, error 1, cancelled 2, worker died 1) in flight 3 duplicates 4 lost 5',
    )
  })
})
