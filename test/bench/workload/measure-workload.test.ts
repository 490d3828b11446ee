import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ledgerBalances } from '../../../bench/ledger.js'
import { STAGES, type Measurement } from '../../../bench/scenario.js'
import { DEFAULT_WORKLOAD, type Workload } from '../../../bench/workload/workload.js'
import { built, runBuilt } from '../fixtures/build-folder.js'

async function measure(changes: Partial<Workload>) {
  const workload = JSON.stringify({ ...DEFAULT_WORKLOAD, ...changes })
  const argv = ['custom', '--workload', workload, '--duration-ms', '40', '--warmup-ms', '20']
  const { code, stdout, stderr } = await runBuilt('bench/child.js', [...argv, '--json-fd', '1'])
  expect(stderr).toBe('')
  const message: { measurement: Measurement; failed?: string } = JSON.parse(stdout)
  return { code, ...message }
}

describe.skipIf(os.availableParallelism() < 2)('a workload', () => {
  it.each<[string, Partial<Workload>]>([
    ['of one host', {}],
    ['one at a time', { depth: 1, batch: 1 }],
    ['of two hosts, two workers, three devices', { hosts: 2, workers: 2, devices: 3 }],
    ['of a parallel queue on all workers', { workers: 2, dispatch: 'parallel', scope: 'none' }],
    [
      'of writes too, on a verified disk',
      {
        handler: { kind: 'ramdisk' },
        readPercent: 50,
        blockBytes: 4096,
        verify: true,
        devices: 2,
        hosts: 2,
      },
    ],
    [
      'of a handler that computes, workers park',
      {
        handler: { kind: 'spin', microseconds: 5 },
        waitStrategy: 'park',
      },
    ],
    [
      'of a handler that awaits',
      {
        handler: { kind: 'async', milliseconds: 1 },
        dispatch: 'parallel',
      },
    ],
  ])('%s is answered right and balances', async (_, changes) => {
    const { code, measurement } = await measure(changes)
    expect(code).toBe(0)
    expect(measurement).toMatchObject({ checksumOk: true })
    // Also on a machine so busy that nothing is completed within the window.
    expect(measurement.ledger!.success).toBeGreaterThan(0)
    expect(ledgerBalances(measurement.ledger!)).toBe(true)
    expect(measurement.counters?.hostWakeUps).toBeGreaterThanOrEqual(0)
    expect('verifiedReads' in measurement.notes!).toBe(changes.verify === true)
  })

  it('at a rate tells latencies from the intended send time, by stage', async () => {
    const rate = { kind: 'per-second', requests: 5000 } as const
    const { measurement } = await measure({ rate, arrival: 'poisson', timesAll: true })
    expect(measurement).toMatchObject({ checksumOk: true })
    expect(measurement.notes).toMatchObject({
      latencyFrom: 'intended send time',
      offeredRate: 5000,
    })
    expect(Object.keys(measurement.stagesNs!)).toEqual([...STAGES])
    const sum = STAGES.reduce((total, stage) => total + measurement.stagesNs![stage]!.p50, 0)
    expect(sum).toBeGreaterThan(0)
    expect(measurement.stagesNs!.handler!.max).toBeLessThanOrEqual(measurement.latencyNs!.max)
  })

  it('at a share of the peak measures the peak first', async () => {
    const rate = { kind: 'share-of-peak', share: 0.1 } as const
    const { measurement } = await measure({ rate, timesAll: true })
    const { peakRate, offeredRate } = measurement.notes as Record<string, number>
    expect(offeredRate).toBe(Math.round(peakRate! * 0.1))
    expect(ledgerBalances(measurement.ledger!)).toBe(true)
  })

  it('takes a driver module, whose Information it does not judge', async () => {
    const file = built(path.join('test', 'bench', 'fixtures', 'short-driver.js'))
    const handler = { kind: 'module', url: pathToFileURL(file).href } as const
    const { code, measurement } = await measure({ handler })
    expect(code).toBe(0)
    expect(measurement.checksumOk).toBe(true)
  })
})
