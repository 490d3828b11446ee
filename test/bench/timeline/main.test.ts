import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Trace, TraceEvent } from '../../../bench/timeline/trace-event.js'
import { runBuilt } from '../fixtures/build-folder.js'

const folder = mkdtempSync(path.join(os.tmpdir(), 'irpool-timeline-'))
afterAll(() => rmSync(folder, { recursive: true }))

function timeline(...argv: string[]) {
  return runBuilt('src/cli/irpool.js', ['timeline', ...argv])
}

function readEvents(file: string): readonly TraceEvent[] {
  const trace: Trace = JSON.parse(readFileSync(file, 'utf8'))
  return trace.traceEvents
}

/** More than two clocks of one process can differ. */
const SKEW_US = 5

describe('irpool timeline', () => {
  it('follows every request from its submit to its reap, on two workers', async () => {
    const file = path.join(folder, 't.json')
    const argv = ['--workers', '2', '--requests', '100', '--depth', '8', '--batch', '4']
    const { code, stdout, stderr } = await timeline(file, ...argv, '--handler-us', '20')
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toContain(`100 requests: ${file}`)
    const events = readEvents(file)
    for (let sample = 1; sample <= 100; sample++) {
      const steps = events.filter(({ cat, id }) => cat === 'arrow' && id === `${sample}`)
      expect(steps.map(({ ph }) => ph).join('')).toBe('sttf')
      const [submit, dispatch, handler, reap] = steps.map(({ ts }) => ts)
      expect(submit).toBeGreaterThan(0)
      expect(dispatch).toBeGreaterThan(submit! - SKEW_US)
      expect(handler).toBeGreaterThanOrEqual(dispatch!)
      expect(reap).toBeGreaterThan(handler! + 20 - SKEW_US)
    }
    const handlers = events.filter(({ name, ph }) => name === 'EvtIoRead' && ph === 'X')
    expect(handlers.filter(({ tid }) => tid === 1).length).toBeGreaterThan(0)
    expect(handlers.filter(({ tid }) => tid === 2).length).toBeGreaterThan(0)
    for (const { dur } of handlers) expect(dur).toBeGreaterThanOrEqual(20)
    expect(events.filter(({ name }) => name === 'EvtDeviceD0Exit')).toHaveLength(2)
  })

  it('has every arrow start and end in a slice of its thread, and no slice across another', async () => {
    const file = path.join(folder, 'slices.json')
    expect((await timeline(file, '--requests', '50', '--depth', '16')).code).toBe(0)
    const events = readEvents(file)
    const slices = events.filter(({ ph }) => ph === 'X')
    for (const { ph, tid, ts } of events) {
      if (ph !== 's' && ph !== 't' && ph !== 'f') continue
      const around = slices.filter((slice) => slice.tid === tid && slice.ts <= ts + 0.001)
      expect(around.some((slice) => ts <= slice.ts + slice.dur! + 0.001)).toBe(true)
    }
    for (const tid of [0, 1]) {
      const own = slices.filter((slice) => slice.tid === tid)
      const ends = own.map(({ ts, dur }) => ts + dur! - 0.002)
      const overlapping = own.filter(({ ts }, index) => ts < (ends[index - 1] ?? 0))
      expect(overlapping).toEqual([])
    }
  })

  it('answers --help, and refuses what it does not know before it runs anything', async () => {
    expect((await timeline('--help')).stdout).toMatch(/^Usage: irpool timeline/)
    expect((await timeline()).stderr).toContain('name the file to write')
    const nowhere = await timeline(path.join(folder, 'none', 't.json'))
    expect(nowhere.code).toBe(2)
    expect(nowhere.stderr).toContain('expected a file that can be written: there is no such folder')
    const batch = await timeline('x.json', '--depth', '4', '--batch', '5')
    expect(batch.stderr).toContain("--batch '5': expected a whole number from 1 to 4")
  })
})

describe('irpool bench --timeline', () => {
  it('writes one beside the figures', async () => {
    const file = path.join(folder, 'bench.json')
    const argv = ['--runs', '1', '--duration', '0.01', '--only', 'fast', '--timeline', file]
    const { code, stdout } = await runBuilt('test/bench/fixtures/run-fake-bench.js', argv)
    expect(code).toBe(0)
    expect(stdout).toMatch(/fake\/fast/)
    expect(stdout).toContain('time line of 1,000 requests')
    expect(existsSync(file)).toBe(true)
  })
})
