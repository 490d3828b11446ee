/**
 * Each rule that the verifier checks: its bad driver is reported by exactly that rule, its good one by none.
 */
import { describe, expect, it } from 'vitest'
import { CHECKED_RULES, VERIFIER_RULES } from '../../src/verifier/rules.js'
import { CASES, runCase } from './run-case.js'

describe('rules', () => {
  it('are the 88 of Static Driver Verifier that apply, and two of KMDF Verifier', () => {
    expect(VERIFIER_RULES.size).toBe(88 + 2)
  })

  it('that are checked have a case each, and no other rule has one', () => {
    expect(CASES.map(({ rule }) => rule).toSorted()).toEqual(CHECKED_RULES.toSorted())
  })
})

describe.each(CASES)('$rule', (subject) => {
  it('reports its bad driver, with the call site and what to do', async () => {
    const { reports } = await runCase(subject, true)
    expect(reports.map(({ rule }) => rule)).toEqual([subject.rule])
    expect(reports[0]).toMatchObject({ device: 'device0', worker: 0 })
    expect(reports[0]?.site).toContain('test/verifier/cases-')
  })

  it('says nothing of its good driver', async () => {
    const { reports } = await runCase(subject, false)
    expect(reports).toEqual([])
  })
})
