import { describe, expect, it } from 'vitest'
import { foreignCpuShare, parseCpuSample } from '../../bench/cpu-noise.js'

function machine(...fields: number[]): string {
  return `cpu  ${fields.join(' ')}\ncpu0 9 9 9 9 9 9 9 9 9 9\nintr 5\n`
}

/** utime, stime, cutime and cstime are the fields 14 to 17. */
function self(name: string, ...times: number[]): string {
  return `42 (${name}) S 1 42 42 0 -1 4194304 100 200 0 0 ${times.join(' ')} 20 0 11 0 5 1 2 3`
}

describe('parseCpuSample', () => {
  it('takes busy and stolen time, leaves out idle, waiting, interrupts and the doubled guest time', () => {
    const sample = parseCpuSample(
      machine(10, 20, 30, 400, 50, 6, 7, 8, 99, 99),
      self('node', 1, 2, 3, 4),
    )
    expect(sample).toEqual({ busyTicks: 68, totalTicks: 531, ownTicks: 10 })
  })

  it('is not confused by a command with spaces and brackets in its name', () => {
    const sample = parseCpuSample(machine(1, 1, 1, 1, 1, 1, 1, 1), self('a) S 9 (b', 5, 6, 7, 8))
    expect(sample.ownTicks).toBe(26)
  })

  it('refuses text that is something else', () => {
    expect(() => parseCpuSample('nothing', self('node', 1, 2, 3, 4))).toThrow(/cpu line/)
    expect(() => parseCpuSample(machine(1, 1, 1, 1, 1, 1, 1, 1), '42 (node) S')).toThrow(
      /CPU times/,
    )
  })
})

describe('foreignCpuShare', () => {
  const before = { busyTicks: 1000, totalTicks: 5000, ownTicks: 100 }

  it('is what is busy and not ours, as a share of the whole machine', () => {
    const after = { busyTicks: 1090, totalTicks: 5200, ownTicks: 160 }
    expect(foreignCpuShare(before, after)).toBeCloseTo(0.15)
  })

  it('is never negative, for the two books are not kept to the tick', () => {
    expect(foreignCpuShare(before, { busyTicks: 1010, totalTicks: 5100, ownTicks: 115 })).toBe(0)
  })

  it('is nothing when no time has passed', () => {
    expect(foreignCpuShare(before, before)).toBe(0)
  })
})
