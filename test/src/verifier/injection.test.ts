import { describe, expect, it } from 'vitest'
import type { VerifierSettings } from '../../../src/irp/violation-report.js'
import { Injection } from '../../../src/verifier/injection.js'

const OFF: VerifierSettings = {
  rules: null,
  onViolation: 'report',
  allocationFailures: null,
  forcedDelays: null,
  forcePending: null,
  stopPatienceMs: 1,
}

function failing(seed: number, probability: number, after = 0, worker = 0): Injection {
  return new Injection({ ...OFF, allocationFailures: { seed, probability, after } }, worker)
}

function draws(injection: Injection): boolean[] {
  return Array.from({ length: 200 }, () => injection.fails())
}

describe('allocation failures', () => {
  it('do not happen unless asked for', () => {
    expect(draws(new Injection(OFF, 0))).not.toContain(true)
  })

  it('are the same for the same seed, and others for another one or another worker', () => {
    expect(draws(failing(1, 0.5))).toEqual(draws(failing(1, 0.5)))
    expect(draws(failing(1, 0.5))).not.toEqual(draws(failing(2, 0.5)))
    expect(draws(failing(1, 0.5))).not.toEqual(draws(failing(1, 0.5, 0, 1)))
  })

  it('happen as often as asked for, and not before `after`', () => {
    const share = draws(failing(1, 0.25)).filter(Boolean).length / 200
    expect(share).toBeGreaterThan(0.1)
    expect(share).toBeLessThan(0.4)
    expect(draws(failing(1, 1, 10)).indexOf(true)).toBe(10)
  })

  it('are errors with STATUS_INSUFFICIENT_RESOURCES', () => {
    const injection = failing(1, 1)
    expect(() => injection.allocate('a queue')).toThrow('STATUS_INSUFFICIENT_RESOURCES')
    expect(injection).toMatchObject({ allocations: 1, failures: 1 })
  })
})

describe('forced delays', () => {
  it('happen as often as asked for', () => {
    const forcedDelays = { seed: 1, probability: 1, maxMicroseconds: 1 }
    const injection = new Injection({ ...OFF, forcedDelays }, 0)
    for (let i = 0; i < 5; i++) injection.delay()
    expect(injection.delays).toBe(5)
  })
})
