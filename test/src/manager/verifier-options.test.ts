import { describe, expect, it } from 'vitest'
import { checkVerifier, type VerifierOptions } from '../../../src/manager/verifier-options.js'

const DEFAULTS = {
  rules: null,
  onViolation: 'report',
  allocationFailures: null,
  forcedDelays: null,
  forcePending: null,
  stopPatienceMs: 1000,
}

describe('checkVerifier', () => {
  it('is off unless asked for', () => {
    expect(checkVerifier(undefined, undefined)).toBeNull()
    expect(checkVerifier(undefined, '0')).toBeNull()
    expect(checkVerifier(false, '1')).toBeNull()
  })

  it('has defaults', () => {
    expect(checkVerifier(true)).toEqual(DEFAULTS)
    expect(checkVerifier({ allocationFailures: {}, forcedDelays: {}, forcePending: {} })).toEqual({
      ...DEFAULTS,
      allocationFailures: { seed: 1, probability: 0.06, after: 0 },
      forcedDelays: { seed: 1, probability: 0.01, maxMicroseconds: 100 },
      forcePending: { seed: 1, probability: 1 },
    })
  })

  it('is switched on by the environment', () => {
    expect(checkVerifier(undefined, '1')).toEqual(DEFAULTS)
    expect(checkVerifier(undefined, 'throw')).toEqual({ ...DEFAULTS, onViolation: 'throw' })
    expect(() => checkVerifier(undefined, 'yes')).toThrow('IRPOOL_VERIFIER')
  })

  it.each<[option: string, options: unknown]>([
    ['verifier', 'yes'],
    ['verifier', 1],
    ['verifier', null],
    ['verifier.rules', { rules: 'DoubleCompletion' }],
    ['verifier.rules', { rules: ['NoSuchRule'] }],
    ['verifier.rules', { rules: ['UsbKmdfIrql'] }],
    ['verifier.onViolation', { onViolation: 'ignore' }],
    ['verifier.stopPatienceMs', { stopPatienceMs: -1 }],
    ['verifier.stopPatienceMs', { stopPatienceMs: '10' }],
    ['verifier.stopPatienceMs', { stopPatienceMs: Infinity }],
    ['verifier.allocationFailures', { allocationFailures: 0.5 }],
    ['verifier.allocationFailures.seed', { allocationFailures: { seed: 0.5 } }],
    ['verifier.allocationFailures.probability', { allocationFailures: { probability: 2 } }],
    ['verifier.allocationFailures.after', { allocationFailures: { after: -1 } }],
    ['verifier.forcePending', { forcePending: 1 }],
    ['verifier.forcePending.probability', { forcePending: { probability: -1 } }],
    ['verifier.forcedDelays', { forcedDelays: true }],
    ['verifier.forcedDelays.probability', { forcedDelays: { probability: NaN } }],
    ['verifier.forcedDelays.maxMicroseconds', { forcedDelays: { maxMicroseconds: 1e9 } }],
  ])('refuses %s: %j', (option, options) => {
    const check = (): unknown => checkVerifier(options as VerifierOptions)
    expect(check).toThrow(option)
    expect(check).toThrow(expect.objectContaining({ code: 'ERR_IRP_OPTION' }))
  })
})
