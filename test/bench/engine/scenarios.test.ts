import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { engineScenarios } from '../../../bench/engine-scenarios.js'
import { ledgerBalances } from '../../../bench/ledger.js'
import type { Measurement } from '../../../bench/scenario.js'
import { built, runBuilt } from '../fixtures/build-folder.js'

const SHORT = ['--duration-ms', '20', '--warmup-ms', '10', '--json-fd', '1']
const folder = mkdtempSync(path.join(os.tmpdir(), 'irpool-engine-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Reads what was written, within 64 KiB. */
const TRACE = ['time_us,op,size,lbn']
for (let i = 0; i < 300; i++)
  TRACE.push(`${i * 10},${i % 2 === 0 ? '2a' : '28'},4096,${(i % 7) * 8}`)

async function runScenario(name: string, ...argv: string[]) {
  const { code, stdout, stderr } = await runBuilt('bench/child.js', [name, ...SHORT, ...argv])
  const message: { measurement: Measurement; skipped?: string } = JSON.parse(stdout)
  return { code, stderr, ...message }
}

/** Balanced, and every request a success, but where half are cancelled; a ring alone has no ledger. */
function accountOf(name: string, { ledger }: Measurement): boolean {
  if (ledger === undefined) return /^(ring|slab|latency\/bare|limit)\//.test(name)
  const { accepted, success, cancelled } = ledger
  const expected = /cancel-storm/.test(name) ? success + cancelled : success
  return ledgerBalances(ledger) && accepted > 0 && expected === accepted
}

/** Traces have a test of their own; the others differ from one that is here in a number only. */
const LEFT_OUT = /^trace\/|10000-devices|^open-loop\/\d/
const ALL = engineScenarios.map(({ name }) => name).filter((name) => !LEFT_OUT.test(name))
/** Main does not submit there, so there is nothing to tell of its heap. */
const SUBMITTED_ELSEWHERE = new Set(['interrupt/closed-loop/null', 'ramdisk/mixed-4k/verify'])

describe.skipIf(os.availableParallelism() < 2)('every engine scenario, for a moment', () => {
  it.each(ALL)('%s answers right and balances', async (name) => {
    const { code, stderr, measurement } = await runScenario(name)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(measurement.checksumOk).toBe(true)
    expect(accountOf(name, measurement)).toBe(true)
    expect(measurement.operations).toBeGreaterThanOrEqual(0)
    expect(measurement.seconds).toBeGreaterThan(0)
    expect(measurement.cpuSeconds).toBeGreaterThan(0)
    expect('bytesAllocated' in measurement).toBe(!SUBMITTED_ELSEWHERE.has(name))
    expect('scavenges' in measurement).toBe(!SUBMITTED_ELSEWHERE.has(name))
  })

  it.each([
    'irp/batch/depth-1',
    'irp/batch/depth-64',
    'irp/callback/depth-1024',
    'irp/promise/depth-64',
  ])(
    '%s uses as many workers as it is given, each with a share of what is in flight',
    async (name) => {
      const { code, measurement } = await runScenario(name, '--workers', '3')
      expect(code).toBe(0)
      expect(measurement.checksumOk).toBe(true)
    },
  )

  it('tells latencies, parks, rescues and batches', async () => {
    const { measurement } = await runScenario('irp/batch/depth-1', '--duration-ms', '200')
    expect(measurement.latencyNs).toEqual({
      p50: expect.any(Number),
      p90: expect.any(Number),
      p99: expect.any(Number),
      p999: expect.any(Number),
      p9999: expect.any(Number),
      max: expect.any(Number),
    })
    expect(measurement.counters).toEqual({
      workerParks: expect.any(Number),
      hostParks: expect.any(Number),
      workerWakeUps: expect.any(Number),
      hostWakeUps: expect.any(Number),
      rescues: expect.any(Number),
      batches: expect.any(Number),
      requestsPerBatch: expect.any(Number),
    })
  })

  it('gives the idle engine as a share of a core, not as a rate', async () => {
    const { measurement } = await runScenario('idle/engine')
    expect(measurement.operations).toBe(0)
    expect(measurement.value).toBeCloseTo((measurement.cpuSeconds / measurement.seconds) * 100, 6)
  })
})

describe.each(['trace/replay', 'trace/storage'])('%s', (name) => {
  it('replays the whole trace once and verifies every read', async () => {
    const file = path.join(folder, 'trace.csv')
    writeFileSync(file, TRACE.join('\n'))
    const { code, measurement } = await runScenario(name, '--trace', file)
    expect(code).toBe(0)
    expect(measurement).toMatchObject({ operations: 300, checksumOk: true })
    expect(measurement.latencyNs?.p50).toBeGreaterThan(0)
    expect(ledgerBalances(measurement.ledger!)).toBe(true)
  })

  it('is left out without a trace, and says so to who asks for it', async () => {
    const { code, skipped } = await runScenario(name)
    expect(code).toBe(0)
    expect(skipped).toContain('--trace FILE')
  })
})

it('trace/storage-null replays the trace many times, and has no data to verify', async () => {
  const file = path.join(folder, 'trace.csv')
  writeFileSync(file, TRACE.join('\n'))
  const { code, measurement } = await runScenario('trace/storage-null', '--trace', file)
  expect(code).toBe(0)
  expect(measurement).toMatchObject({
    operations: 6000,
    notes: { requestsInTrace: 300, passes: 20 },
  })
  expect(ledgerBalances(measurement.ledger!)).toBe(true)
})

describe('a driver that does its work wrongly', () => {
  it('ends the scenario with exit code 3 and says what was wrong', async () => {
    const url = pathToFileURL(built('test/bench/fixtures/short-scenario.js')).href
    const { code, measurement } = await runScenario(
      'fake/short',
      '--scenarios',
      url,
      '--duration-ms',
      '500',
    )
    expect(code).toBe(3)
    expect(measurement.checksumOk).toBe(false)
    expect(measurement.notes?.['wrongBytes']).toBeLessThan(0)
    expect(measurement.notes).toMatchObject({ lost: 0, wrong: 0 })
  })
})
