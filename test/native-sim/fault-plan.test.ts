import { describe, expect, it } from 'vitest'
import { type FaultCounts, type FaultOptions, FaultPlan } from '../../native-sim/fault-plan.js'

/** Everything a plan decides in a thousand steps. */
function story(options: FaultOptions): { log: unknown[]; counts: FaultCounts } {
  const plan = new FaultPlan(options)
  const log: unknown[] = []
  for (let i = 0; i < 1000; i++) {
    log.push(
      plan.losesInterrupt(),
      plan.interruptDelayUs(),
      plan.raisesForNothing(),
      plan.stuckUs(),
      plan.dmaDelayUs(),
      plan.failsDma(),
    )
  }
  return { log, counts: plan.counts }
}

const ALL: FaultOptions = {
  lateInterrupt: { probability: 0.1, delayUs: 7 },
  lostInterrupt: { probability: 0.2 },
  spuriousInterrupt: { probability: 0.3 },
  stuckInterrupt: { probability: 0.4, forUs: Infinity },
  slowDma: { probability: 0.5, delayUs: 9 },
  failedDma: { probability: 0.6 },
}

describe('FaultPlan', () => {
  it('does the same for the same seed, and something else for another', () => {
    expect(story({ ...ALL, seed: 4 })).toEqual(story({ ...ALL, seed: 4 }))
    expect(story({ ...ALL, seed: 4 })).not.toEqual(story({ ...ALL, seed: 5 }))
  })

  it('strikes about as often as it is told, and counts it', () => {
    const { late, lost, spurious, stuck, slowDma, failedDma } = story(ALL).counts
    for (const [count, share] of [
      [late, 0.1],
      [lost, 0.2],
      [spurious, 0.3],
      [stuck, 0.4],
      [slowDma, 0.5],
      [failedDma, 0.6],
    ] as const) {
      expect(Math.abs(count / 1000 - share)).toBeLessThan(0.06)
    }
  })

  it('does nothing unless it is told', () => {
    const plan = new FaultPlan()
    expect([plan.losesInterrupt(), plan.dmaDelayUs(), plan.isRemovedNow(1e12)]).toEqual([
      false,
      0,
      false,
    ])
    expect(Object.values(plan.counts)).toEqual([0, 0, 0, 0, 0, 0, 0])
  })

  it('removes the device once, that long after the first look', () => {
    const plan = new FaultPlan({ surpriseRemovalAtUs: 100 })
    expect([1000, 1099, 1100, 1200].map((us) => plan.isRemovedNow(us))).toEqual([
      false,
      false,
      true,
      false,
    ])
    expect([plan.counts.removed, plan.removalUs]).toEqual([1, Infinity])
  })

  it.each([
    ['faults', { lostInterupt: { probability: 1 } }],
    ['faults.lostInterrupt.probability', { lostInterrupt: { probability: 1.1 } }],
    ['faults.slowDma.probability', { slowDma: { probability: NaN, delayUs: 1 } }],
    ['faults.slowDma.delayUs', { slowDma: { probability: 1, delayUs: -1 } }],
    ['faults.lateInterrupt.delayUs', { lateInterrupt: { probability: 1 } }],
    ['faults.stuckInterrupt.forUs', { stuckInterrupt: { probability: 1, delayUs: 1 } }],
    ['faults.failedDma.probability', { failedDma: { probability: '1' } }],
    ['faults.surpriseRemovalAtUs', { surpriseRemovalAtUs: -1 }],
    ['seed', { seed: 0.5 }],
  ])('refuses a bad %s', (option, options) => {
    expect(() => new FaultPlan(options as FaultOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_IRP_SIMULATION_OPTION', option }),
    )
  })
})
