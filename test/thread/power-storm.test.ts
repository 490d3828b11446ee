/**
 * Suspend and resume, and surprise removal, under full load, some times each; `npm run power-storm` does it a
 * thousand times. The drivers' witness checks the order of callbacks and where requests are presented.
 */
import { expect, it } from 'vitest'
import { faultsOf, runPowerStorm } from '../power-storm/storm.js'

const STORMS = [
  { device: 'keeper', kind: 'suspend', rounds: 40 },
  { device: 'nvme', kind: 'suspend', rounds: 25 },
  { device: 'edu', kind: 'suspend', rounds: 10 },
  { device: 'keeper', kind: 'surpriseRemove', rounds: 25 },
  { device: 'nvme', kind: 'surpriseRemove', rounds: 8 },
  { device: 'edu', kind: 'surpriseRemove', rounds: 8 },
] as const

it.each(STORMS)(
  '$kind of $device under load, $rounds times',
  { timeout: 120_000 },
  async (storm) => {
    const report = await runPowerStorm(storm)
    expect(faultsOf(report, storm)).toEqual([])
    expect(report.presented).toBeGreaterThan(storm.rounds)
    expect(report.statuses['STATUS_SUCCESS']).toBeGreaterThan(storm.rounds)
  },
)
