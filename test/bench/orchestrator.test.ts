import { describe, expect, it } from 'vitest'
import type { ChildOutcome } from '../../bench/child-process.js'
import { VAIN_REPEATS_LIMIT, runRounds } from '../../bench/orchestrator.js'
import type { RoundsPlan } from '../../bench/orchestrator.js'
import { FAST, GOOD } from './fixtures/fake-scenarios.js'

const MEASURED: ChildOutcome = { kind: 'measured', measurement: GOOD }

interface Script {
  readonly names: readonly string[]
  readonly rounds?: number
  /** Answers the n-th run (from 1) of a name. */
  readonly outcome?: (name: string, run: number) => ChildOutcome
  /** Foreign CPU of each run in the order of time; quiet when it ends. */
  readonly shares?: (number | undefined)[]
  readonly signal?: AbortSignal
  readonly onRun?: RoundsPlan['onRun']
}

/** Runs the rounds on scripted children and says in which order they were started. */
async function play({ names, rounds = 1, outcome, shares = [], signal, onRun }: Script) {
  const started: string[] = []
  const result = await runRounds({
    scenarios: names.map((name) => ({ ...FAST, name })),
    rounds,
    request: { durationMs: 1, warmupMs: 1, options: { workers: 1, quick: false } },
    runChild({ name }) {
      started.push(name)
      const run = started.filter((other) => other === name).length
      return Promise.resolve(outcome?.(name, run) ?? MEASURED)
    },
    watchForeignCpu: () => () => (shares.length > 0 ? shares.shift() : 0),
    signal: signal ?? new AbortController().signal,
    ...(onRun === undefined ? {} : { onRun }),
  })
  return { started, ...result }
}

describe('runRounds', () => {
  it('interleaves: all variants in turn, then all again', async () => {
    const { started, records, interrupted } = await play({ names: ['a', 'b', 'c'], rounds: 2 })
    expect(started).toEqual(['a', 'b', 'c', 'a', 'b', 'c'])
    expect(records.map(({ name, round }) => `${name}${round}`)).toEqual([
      'a1',
      'b1',
      'c1',
      'a2',
      'b2',
      'c2',
    ])
    expect(interrupted).toBe(false)
  })

  it('repeats a disturbed run once, at once, and keeps the quiet one', async () => {
    const { started, records } = await play({ names: ['a', 'b'], shares: [0.3, 0.01, 0.02] })
    expect(started).toEqual(['a', 'a', 'b'])
    expect(records.map(({ noisy, kept }) => [noisy, kept])).toEqual([
      [true, false],
      [false, true],
      [false, true],
    ])
  })

  it('marks a run that stays disturbed and keeps the less disturbed of the two', async () => {
    const { started, records } = await play({ names: ['a'], shares: [0.2, 0.4] })
    expect(started).toEqual(['a', 'a'])
    expect(records.map(({ noisy, kept }) => [noisy, kept])).toEqual([
      [true, true],
      [true, false],
    ])
  })

  it('gives up repeating on a machine that stays busy', async () => {
    const names = Array.from({ length: VAIN_REPEATS_LIMIT + 2 }, (_, index) => `v${index}`)
    const { started, records } = await play({ names, shares: Array(100).fill(0.3) })
    expect(started).toHaveLength(names.length + VAIN_REPEATS_LIMIT)
    expect(records.filter(({ kept }) => kept).map(({ name }) => name)).toEqual(names)
    expect(records.every(({ noisy }) => noisy)).toBe(true)
  })

  it('does not repeat at the limit itself or where nothing is known', async () => {
    const { started, records } = await play({ names: ['a', 'b'], shares: [0.05, undefined] })
    expect(started).toEqual(['a', 'b'])
    expect(records.every(({ noisy }) => !noisy)).toBe(true)
  })

  it.each<ChildOutcome>([
    { kind: 'skipped', why: 'no compiler' },
    { kind: 'failed', why: 'it broke' },
    { kind: 'measured', measurement: { ...GOOD, checksumOk: false } },
  ])('does not run a variant again after %o', async (bad) => {
    const outcome = (name: string) => (name === 'a' ? bad : MEASURED)
    const { started } = await play({ names: ['a', 'b'], rounds: 3, outcome })
    expect(started).toEqual(['a', 'b', 'b', 'b'])
  })

  it('ends at an interruption with what there is', async () => {
    const result = await play({
      names: ['a', 'b'],
      rounds: 3,
      outcome: (name, run) => (name === 'b' && run === 2 ? { kind: 'interrupted' } : MEASURED),
    })
    expect(result.started).toEqual(['a', 'b', 'a', 'b'])
    expect(result.interrupted).toBe(true)
    expect(result.records.map(({ name }) => name)).toEqual(['a', 'b', 'a'])
  })

  it('keeps a disturbed run whose repeat was interrupted', async () => {
    const { records, interrupted } = await play({
      names: ['a'],
      outcome: (_, run) => (run === 2 ? { kind: 'interrupted' } : MEASURED),
      shares: [0.5],
    })
    expect(interrupted).toBe(true)
    expect(records.map(({ noisy, kept }) => [noisy, kept])).toEqual([[true, true]])
  })

  it('counts what is left, without variants that are out', async () => {
    const seen: string[] = []
    await play({
      names: ['a', 'b'],
      rounds: 2,
      outcome: (name) => (name === 'a' ? { kind: 'skipped', why: 'no' } : MEASURED),
      onRun: (ended, total, name, round) => seen.push(`${ended}/${total} ${name}${round}`),
    })
    expect(seen).toEqual(['0/4 a1', '1/3 b1', '2/3 b2'])
  })
})
