import { describe, expect, it } from 'vitest'
import { compareReports, renderComparison } from '../../bench/comparison.js'
import { judge } from '../../bench/judgement.js'
import type { BenchReport, MeasuredReport } from '../../bench/report-json.js'
import { painter } from '../../src/cli/colour.js'
import { ENGINE, REPORT } from './fixtures/sample-report.js'

/** A report of one scenario with this median, whose runs spread by that share to each side. */
function reportOf(median: number, spread: number, more: Partial<MeasuredReport> = {}): BenchReport {
  const [min, max] = [median * (1 - spread), median * (1 + spread)]
  return { ...REPORT, scenarios: [{ ...ENGINE, median, min, max, ...more }] }
}

function verdict(base: BenchReport, current: BenchReport) {
  const [{ change, verdict: found } = { change: Number.NaN, verdict: 'none' }] = compareReports(
    base,
    current,
    0.05,
  ).scenarios
  return [Math.round(change * 100), found]
}

describe('compareReports', () => {
  const base = reportOf(100, 0.01)

  it.each([
    [90, 0.01, -10, 'slower'],
    [110, 0.01, 10, 'faster'],
    [97, 0.01, -3, 'same'],
    [97, 0.04, -3, 'same'],
    [90, 0.2, -10, 'too noisy'],
    [97, 0.2, -3, 'too noisy'],
    [60, 0.2, -40, 'slower'],
  ] as const)(
    'to %d with a spread of %d is %d per cent: %s',
    (median, spread, change, expected) => {
      expect(verdict(base, reportOf(median, spread))).toEqual([change, expected])
    },
  )

  it('is as noisy as the noisier of the two', () => {
    expect(verdict(reportOf(100, 0.3), reportOf(90, 0))).toEqual([-10, 'too noisy'])
  })

  it('does not judge by a single run', () => {
    expect(verdict(base, reportOf(90, 0, { runs: 1 }))).toEqual([-10, 'too noisy'])
  })

  it('turns costs round: less is better', () => {
    const cost = { lowerIsBetter: true } as const
    expect(verdict(reportOf(100, 0, cost), reportOf(125, 0, cost))).toEqual([-20, 'slower'])
  })

  it('names what is not in both, and another machine', () => {
    const other = { ...base, environment: { ...base.environment, cpu: 'Other CPU' }, scenarios: [] }
    const comparison = compareReports(other, base, 0.05)
    expect(comparison).toMatchObject({ scenarios: [], missing: [ENGINE.name] })
    const text = renderComparison(comparison, 'base.json', painter(false))
    expect(text).toContain(`not in both: ${ENGINE.name}`)
    expect(text).toContain('that run was on Other CPU, Node v20.20.2')
  })
})

describe('judge', () => {
  it('exempts what has no engine from the limit on p99', () => {
    const names = ['irp/a', 'rival/b', 'native/c', 'disruptor/d', 'custom/e']
    const report = { ...REPORT, scenarios: names.map((name) => ({ ...ENGINE, name })) }
    const options = { failBelow: 0.05, maxP99Ns: 1000 }
    expect(judge(report, undefined, options)).toMatchObject({
      tooLate: ['irp/a', 'custom/e'],
      isSlower: true,
      isTooNoisy: false,
    })
    expect(judge(report, undefined, { failBelow: 0.05 })).toMatchObject({ isSlower: false })
  })
})
