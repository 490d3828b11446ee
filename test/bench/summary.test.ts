import { describe, expect, it } from 'vitest'
import type { ChildOutcome } from '../../bench/child-process.js'
import { EMPTY_LEDGER } from '../../bench/ledger.js'
import type { RunRecord } from '../../bench/orchestrator.js'
import type { Measurement, Scenario } from '../../bench/scenario.js'
import { ratiosOf, summarize, totalLedger } from '../../bench/summary.js'
import { FAST, GOOD } from './fixtures/fake-scenarios.js'

function measured(name: string, changes: Partial<Measurement>, more: Partial<RunRecord> = {}) {
  return record(name, { kind: 'measured', measurement: { ...GOOD, ...changes } }, more)
}

function record(
  name: string,
  outcome: RunRecord['outcome'] & ChildOutcome,
  more: Partial<RunRecord> = {},
): RunRecord {
  return { name, round: 1, outcome, foreignCpuShare: 0.01, noisy: false, kept: true, ...more }
}

function stage(p50: number) {
  return { p50, p90: 1, p99: 1, p999: 1, p9999: 1, max: p50 }
}

const A: Scenario = { ...FAST, name: 'a', comparedWith: ['b', 'c', 'gone'] }
const B: Scenario = { ...FAST, name: 'b' }

describe('summarize', () => {
  it('takes median, minimum and maximum of the rates of the runs', () => {
    const records = [100, 300, 200].map((operations) =>
      measured('a', { operations, seconds: 0.5, cpuSeconds: 0.0001 }),
    )
    const [report] = summarize([A, B], records)
    expect(report).toMatchObject({ name: 'a', median: 400, min: 200, max: 600, runs: 3 })
    expect(report).toMatchObject({ cpuSecondsPerMillion: 0.5, foreignCpuShare: 0.01 })
    expect(report).not.toHaveProperty('noisy')
    expect(report).not.toHaveProperty('notes')
  })

  it('takes medians of percentiles and bytes, and the largest of the largest latencies', () => {
    const runs = [1, 5, 3].map((factor) =>
      measured('a', {
        latencyNs: {
          p50: factor,
          p90: 2 * factor,
          p99: 10 * factor,
          p999: 100 * factor,
          p9999: 200 * factor,
          max: 1000 * factor,
        },
        bytesAllocated: 4000 * factor,
      }),
    )
    expect(summarize([A], runs)[0]).toMatchObject({
      latencyNs: { p50: 3, p90: 6, p99: 30, p999: 300, p9999: 600, max: 5000 },
      bytesAllocatedPerIrp: 12,
    })
  })

  it('takes the value of a run that has one, to three digits', () => {
    const runs = [2.00049, 0.5, 4].map((value) => measured('a', { operations: 0, value }))
    const [report] = summarize([{ ...A, lowerIsBetter: true }], runs)
    expect(report).toMatchObject({ median: 2, min: 0.5, max: 4, lowerIsBetter: true })
    expect(report).toMatchObject({ cpuSecondsPerMillion: 0 })
    expect(summarize([A], [measured('a', {})])[0]).not.toHaveProperty('lowerIsBetter')
  })

  it('leaves discarded runs out of the figures and counts noisy ones', () => {
    const runs = [
      measured('a', { operations: 1 }, { noisy: true, kept: false }),
      measured('a', { operations: 500 }, { noisy: true, foreignCpuShare: 0.2 }),
      measured('a', { operations: 1000 }),
    ]
    expect(summarize([A], runs)[0]).toMatchObject({
      min: 1000,
      max: 2000,
      runs: 2,
      noisy: 1,
      foreignCpuShare: 0.2,
    })
  })

  it('has no figures for a scenario with a wrong answer, even in a discarded run', () => {
    const runs = [
      measured('a', {}),
      measured('a', { checksumOk: false, notes: { lost: 7 } }, { kept: false, noisy: true }),
    ]
    const [report] = summarize([A], runs)
    expect(report).toMatchObject({
      unverified: 'the check of the answers failed (lost 7)',
      runs: 0,
    })
    expect(report).not.toHaveProperty('median')
  })

  it('takes a ledger that does not balance for a wrong answer', () => {
    const ledger = { ...EMPTY_LEDGER, accepted: 1 }
    expect(summarize([A], [measured('a', { ledger })])[0]).toMatchObject({
      unverified: 'the ledger does not balance',
    })
  })

  it('says why a scenario was skipped or failed', () => {
    const records = [
      record('a', { kind: 'skipped', why: 'one core' }),
      record('b', { kind: 'failed', why: 'it broke' }),
    ]
    expect(summarize([A, B], records)).toMatchObject([
      { name: 'a', skipped: 'one core', runs: 0 },
      { name: 'b', failed: 'it broke', runs: 0 },
    ])
  })

  it('leaves out what an interruption kept from running', () => {
    expect(summarize([A, B], [measured('b', {})]).map(({ name }) => name)).toEqual(['b'])
  })
})

describe('ratiosOf', () => {
  it('divides medians, and only where both were measured', () => {
    const records = [
      measured('a', { operations: 3000 }),
      measured('b', { operations: 2000 }),
      record('c', { kind: 'skipped', why: 'no' }),
    ]
    const scenarios = [A, B, { ...FAST, name: 'c' }]
    expect(ratiosOf(scenarios, summarize(scenarios, records))).toEqual([
      { name: 'a ÷ b', value: 1.5, scenario: 'a', rival: 'b' },
    ])
  })
})

describe('totalLedger', () => {
  it('sums over all runs, the discarded ones too', () => {
    const ledger = { ...EMPTY_LEDGER, accepted: 5, completed: 5, success: 5 }
    const records = [
      measured('a', { ledger }),
      measured('a', { ledger }, { kept: false }),
      measured('b', {}),
    ]
    expect(totalLedger(records)).toEqual({
      ...EMPTY_LEDGER,
      accepted: 10,
      completed: 10,
      success: 10,
    })
  })
})

describe('what the figures took', () => {
  const counters = {
    workerParks: 1,
    hostParks: 10,
    workerWakeUps: 2,
    hostWakeUps: 3,
    rescues: 1,
    batches: 100,
    requestsPerBatch: 12.34,
  }

  it('is the median of counters and pauses, but every rescue and the longest pause', () => {
    const runs = [1, 3, 2].map((factor) =>
      measured('a', {
        counters: { ...counters, workerParks: factor },
        gc: { count: factor, totalMs: factor, maxMs: factor },
      }),
    )
    expect(summarize([A], runs)[0]).toMatchObject({
      counters: { workerParks: 2, hostParks: 10, rescues: 3, requestsPerBatch: 12.3 },
      gc: { count: 2, totalMs: 2, maxMs: 3 },
    })
  })

  it('has a latency for each stage', () => {
    const runs = [1, 5, 3].map((n) =>
      measured('a', {
        stagesNs: { send: stage(n), dispatch: stage(2 * n), handler: stage(3), reap: stage(4) },
      }),
    )
    expect(summarize([A], runs)[0]).toMatchObject({
      stagesNs: { send: { p50: 3, max: 5 }, dispatch: { p50: 6 }, reap: { p50: 4 } },
    })
  })
})

describe('ratios of other kinds', () => {
  it('are the fraction of native speed, and one p50 by another', () => {
    const latencyNs = { p50: 100, p90: 1, p99: 1, p999: 1, p9999: 1, max: 1 }
    const a = { ...FAST, name: 'a', native: 'n', latencyOf: 'b', comparedWith: [] }
    const scenarios: Scenario[] = [a, B, { ...FAST, name: 'n' }]
    const reports = summarize(scenarios, [
      measured('a', { latencyNs: { ...latencyNs, p50: 130 }, operations: 1000 }),
      measured('b', { latencyNs }),
      measured('n', { operations: 4000 }),
    ])
    expect(ratiosOf(scenarios, reports)).toEqual([
      { name: 'a ÷ b', value: 1.3, scenario: 'a', rival: 'b', kind: 'p50' },
      { name: 'a ÷ n', value: 0.25, scenario: 'a', rival: 'n', kind: 'native' },
    ])
    const withoutLatency = summarize(scenarios, [measured('a', {}), measured('b', {})])
    expect(ratiosOf(scenarios, withoutLatency)).toEqual([])
  })
})
