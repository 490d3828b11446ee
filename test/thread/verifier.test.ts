/**
 * The verifier on real threads: what an engine tells about a driver that breaks rules, and what it does about it.
 */
import { describe, expect, it } from 'vitest'
import type * as Irpool from '../../src/index.js'
import type { EngineOptions, ViolationReport } from '../../src/index.js'
import { Engine, fixture } from './built.js'
import { eventually, expectBalanced } from './helpers.js'

async function breaker(verifier: EngineOptions['verifier']): Promise<{
  engine: Irpool.Engine
  reports: ViolationReport[]
  read: (offset: number) => Promise<{ status: number }>
}> {
  const engine = await Engine.start({
    workers: 1,
    verifier: verifier as NonNullable<typeof verifier>,
    devices: [{ name: 'breaker', driver: fixture('rule-breaker') }],
  })
  const reports: ViolationReport[] = []
  engine.on('violation', (report) => reports.push(report))
  engine.on('driverFault', () => {})
  const file = await engine.open('breaker')
  return {
    engine,
    reports,
    read: (offset) => file.read(new Uint8Array(16), { offset, rejectOnFailure: false }),
  }
}

const rulesOf = (reports: readonly ViolationReport[]): string[] => reports.map(({ rule }) => rule)

describe('an engine with the verifier', () => {
  it('tells of a broken rule: where, what was done to the request, and what to do', async () => {
    const { engine, reports, read } = await breaker(true)
    expect(await read(0)).toMatchObject({ status: 0 })
    expect(reports).toEqual([])
    await read(1)
    await eventually(() => reports.length === 1, 'a report')
    expect(reports[0]).toMatchObject({
      rule: 'DoubleCompletionLocal',
      device: 'breaker',
      worker: 0,
      callback: 'EvtIoRead',
      request: { majorFunction: 3, isDriverCreated: false },
    })
    expect(reports[0]?.site).toMatch(/rule-breaker\.js:\d+:\d+$/)
    expect(reports[0]?.history.map(({ what }) => what)).toEqual([
      'EvtIoRead',
      'complete(STATUS_SUCCESS)',
    ])
    await engine.stop()
    expectBalanced(engine.ledger())
  })

  it('tells at the stop what was forgotten and what was kept', async () => {
    const { engine, reports, read } = await breaker(true)
    const forgotten = read(2)
    const kept = read(3)
    // In the order of sending: when this has ended, the others have been presented.
    await read(0)
    await engine.removeDevice('breaker')
    await Promise.all([forgotten, kept])
    await eventually(() => reports.length >= 2, 'two reports')
    expect(rulesOf(reports).toSorted()).toEqual([
      'DeferredRequestCompleted',
      'RequestCompletedLocal',
    ])
    await engine.stop()
    expectBalanced(engine.ledger())
  })

  it('says each rule and call site once, and counts the others', async () => {
    const { engine, reports, read } = await breaker({ rules: ['DoubleCompletionLocal'] })
    for (let i = 0; i < 5; i++) await read(1)
    expect(await engine.verifierSummaries()).toMatchObject([{ violations: 5, told: 1 }])
    expect(rulesOf(reports)).toEqual(['DoubleCompletionLocal'])
    await engine.stop()
  })

  it('says nothing about rules that it was not asked for', async () => {
    const { engine, reports, read } = await breaker({ rules: ['WdfSpinlock'] })
    await read(1)
    expect(await engine.verifierSummaries()).toMatchObject([{ violations: 0 }])
    expect(reports).toEqual([])
    await engine.stop()
  })

  it('makes the device fail, if asked to: its requests end', async () => {
    const { engine, reports, read } = await breaker({ onViolation: 'failDevice' })
    await read(1)
    const late = await read(0)
    expect(late.status).toBeLessThan(0)
    expect(rulesOf(reports)).toEqual(['DoubleCompletionLocal'])
    await engine.stop()
    expectBalanced(engine.ledger())
  })

  it('is off by default', async () => {
    const { engine, read } = await breaker(false)
    await read(1)
    expect(await engine.verifierSummaries()).toEqual([null])
    await engine.stop()
  })
})
