import { describe, expect, it } from 'vitest'
import type { Figures, Measurable } from '../../../bench/compare/measurable.js'
import { runPairs } from '../../../bench/compare/rounds.js'

type Step = (build: string, run: number) => Figures

function figures(values: Record<string, number>): Figures {
  return { kind: 'figures', values: new Map(Object.entries(values)) }
}

/** A measurable that answers from `step` and writes down who ran. */
function scripted(name: string, log: string[], step: Step): Measurable {
  let runs = 0
  return {
    name,
    unit: 'IRP/s',
    lowerIsBetter: false,
    run(build) {
      log.push(`${name}:${build}`)
      return Promise.resolve(step(build, ++runs))
    },
  }
}

function plan(measurables: Measurable[], rounds: number, signal = new AbortController().signal) {
  return { measurables, rounds, base: 'A', current: 'B', signal }
}

describe('runPairs', () => {
  it('runs both builds in every round, first one first and then the other', async () => {
    const log: string[] = []
    const both = ['x', 'y'].map((name) =>
      scripted(name, log, (build, run) => figures({ [name]: build === 'A' ? run : 10 * run })),
    )
    const { series, failures, interrupted } = await runPairs(plan(both, 2))
    expect(log.join(' ')).toBe('x:A x:B y:A y:B x:B x:A y:B y:A')
    expect(series.map(({ name, pairs }) => [name, pairs])).toEqual([
      [
        'x',
        [
          { base: 1, current: 20 },
          { base: 4, current: 30 },
        ],
      ],
      [
        'y',
        [
          { base: 1, current: 20 },
          { base: 4, current: 30 },
        ],
      ],
    ])
    expect({ failures, interrupted }).toEqual({ failures: [], interrupted: false })
  })

  it('takes many figures from one run, and leaves out those of one build only', async () => {
    const many = scripted('micro', [], (build) =>
      figures(build === 'A' ? { a: 1, b: 2 } : { b: 3, c: 4 }),
    )
    const { series } = await runPairs(plan([many], 1))
    expect(series.map(({ name }) => name)).toEqual(['b'])
    expect(series[0]?.pairs).toEqual([{ base: 2, current: 3 }])
  })

  it('does not run again what failed, and keeps its whole rounds', async () => {
    const log: string[] = []
    const breaking = scripted('x', log, (_, run) =>
      run === 3 ? { kind: 'wrong', why: 'lost 1' } : figures({ x: run }),
    )
    const { series, failures } = await runPairs(plan([breaking], 5))
    expect(log.join(' ')).toBe('x:A x:B x:B x:A')
    expect(series[0]?.pairs).toEqual([{ base: 1, current: 2 }])
    expect(failures).toEqual([{ name: 'x', build: 'current', kind: 'wrong', why: 'lost 1' }])
  })

  it('ends at once when it is interrupted, with the rounds that are whole', async () => {
    const endless = scripted('x', [], (_, run) =>
      run > 3 ? { kind: 'interrupted' } : figures({ x: run }),
    )
    const { series, interrupted } = await runPairs(plan([endless], 100))
    expect(interrupted).toBe(true)
    expect(series[0]?.pairs).toHaveLength(1)
  })
})
