import { EventEmitter } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { RunChild } from '../../bench/child-process.js'
import type { BenchReport } from '../../bench/report-json.js'
import { SCENARIOS, bench, measuring } from './fixtures/bench-on-fakes.js'
import { GOOD } from './fixtures/fake-scenarios.js'

const folder = mkdtempSync(path.join(os.tmpdir(), 'irpool-bench-'))
const trace = path.join(folder, 'trace.csv')
writeFileSync(trace, 'time_us,op,size,lbn\n0,28,4096,1\n')
afterAll(() => rmSync(folder, { recursive: true }))

const failing: RunChild = (request, signal) =>
  request.name === 'fake/b'
    ? Promise.resolve({ kind: 'failed', why: 'it broke' })
    : measuring(request, signal)

const lying: RunChild = (request, signal) =>
  request.name === 'fake/a'
    ? Promise.resolve({ kind: 'measured', measurement: { ...GOOD, checksumOk: false } })
    : failing(request, signal)

const slower: RunChild = () =>
  Promise.resolve({ kind: 'measured', measurement: { ...GOOD, operations: 900 } })

describe('runBench', () => {
  it('measures, prints a table and the ledger, and ends with 0', async () => {
    const { code, stdout, stderr, requests } = await bench(['--runs', '2', '--duration', '0.3'])
    expect(code).toBe(0)
    expect(stderr).toBe('')
    expect(requests.map(({ name }) => name)).toEqual([
      ...SCENARIOS.map(({ name }) => name),
      ...SCENARIOS.map(({ name }) => name),
    ])
    expect(requests[0]).toMatchObject({ durationMs: 300, warmupMs: 300, options: { workers: 1 } })
    expect(stdout).toMatch(/^irpool bench: requests answered by another thread/)
    expect(stdout).toContain('2 interleaved rounds of 3 variants')
    expect(stdout).toContain('3.00× fake/b')
    expect(stdout).toContain(
      'accepted 24 completed 24 (success 18, error 0, cancelled 6, worker died 0) in flight 0 duplicates 0 lost 0',
    )
  })

  it('writes JSON of the promised shape', async () => {
    const jsonFile = path.join(folder, 'run.json')
    await bench(['--runs', '2', '--json', jsonFile])
    const report: BenchReport = JSON.parse(readFileSync(jsonFile, 'utf8'))
    expect(report.schema).toBe('irpool-bench/1')
    expect(report.environment).toEqual({
      node: process.version,
      platform: expect.any(String),
      cpu: expect.any(String),
      cores: expect.any(Number),
      loadAverage: expect.any(Number),
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      commit: expect.any(String),
      date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    })
    expect(report.scenarios[0]).toEqual({
      name: 'fake/a',
      unit: 'IRP/s',
      group: 'fakes',
      title: 'fake fake/fast',
      median: 6000,
      min: 6000,
      max: 6000,
      runs: 2,
      cpuSecondsPerMillion: 0.3333,
      foreignCpuShare: 0,
    })
    expect(report.ratios).toEqual([
      { name: 'fake/a ÷ fake/b', value: 3, scenario: 'fake/a', rival: 'fake/b' },
    ])
    expect(report.ledger.accepted).toBe(24)
  })

  it('chooses by --quick and --only, and passes workers and trace on', async () => {
    const scenarios = [...SCENARIOS, { ...SCENARIOS[0]!, name: 'fake/trace', needsTrace: true }]
    const argv = ['--quick', '--workers', '2', '--trace', trace]
    const quick = await bench(argv, measuring, { scenarios })
    expect(quick.requests.map(({ name }) => name)).toEqual(['fake/a', 'fake/b', 'fake/trace'])
    expect(quick.requests[0]!.options).toEqual({ quick: true, workers: 2, trace })
    const only = await bench(['--only', 'slow,*/b', '--runs', '1'])
    expect(only.requests.map(({ name }) => name)).toEqual(['fake/b', 'fake/slow'])
    expect(only.requests[0]!.options).toEqual({ quick: false, workers: 1 })
  })

  it('leaves extras out unless all are wanted or a pattern names them', async () => {
    const scenarios = [...SCENARIOS, { ...SCENARIOS[0]!, name: 'fake/extra', isExtra: true }]
    const namesOf = async (...argv: string[]) => {
      const { requests } = await bench(['--runs', '1', ...argv], measuring, { scenarios })
      return requests.map(({ name }) => name)
    }
    expect(await namesOf()).toEqual(['fake/a', 'fake/b', 'fake/slow'])
    expect(await namesOf('--all')).toEqual(['fake/a', 'fake/b', 'fake/slow', 'fake/extra'])
    expect(await namesOf('--only', 'extra')).toEqual(['fake/extra'])
    const list = await bench(['--list'], measuring, { scenarios })
    expect(list.stdout).toMatch(/fake\/a +quick .*\n.*\nfake\/slow {9}.*\nfake\/extra +quick /)
  })

  it('runs a workload by itself, beside what a pattern names, and a sweep as variants', async () => {
    const alone = await bench(['--depth', '8', '--runs', '1'])
    expect(alone.requests).toHaveLength(1)
    expect(alone.requests[0]).toMatchObject({
      name: 'custom/depth-8',
      durationMs: 1000,
      workload: { depth: 8, batch: 32 },
    })
    const swept = await bench(['--sweep', 'batch=1,8', '--runs', '1', '--only', 'fake/b'])
    expect(swept.requests.map(({ name }) => name)).toEqual([
      'custom/batch-1',
      'custom/batch-8',
      'fake/b',
    ])
    expect(swept.requests.map(({ workload }) => workload?.batch)).toEqual([1, 8, undefined])
    expect(swept.stdout).toContain('1.00× custom/batch-1')
  })

  it('writes a page and markdown', async () => {
    const [page, text] = ['run.html', 'run.md'].map((name) => path.join(folder, name))
    const { code } = await bench(['--runs', '1', '--html', page!, '--markdown', text!])
    expect(code).toBe(0)
    expect(readFileSync(page!, 'utf8')).toMatch(/^<!doctype html>[^]*fake\/slow[^]*<\/html>\n/)
    expect(readFileSync(text!, 'utf8')).toContain('| `fake/a` fake fake/fast ')
  })

  it('compares with another run: slower is 1, too noisy to say is 4', async () => {
    const base = path.join(folder, 'base.json')
    await bench(['--runs', '3', '--json', base])
    const same = await bench(['--runs', '3', '--compare', base])
    expect(same.code).toBe(0)
    expect(same.stdout).toMatch(/fake\/a +\+0\.0 % +±0\.0 % +same/)
    const worse = await bench(['--runs', '3', '--compare', base], slower)
    expect(worse.code).toBe(1)
    expect(worse.stdout).toMatch(/fake\/b +-10\.0 % +±0\.0 % +slower/)
    const single = await bench(['--runs', '1', '--compare', base], slower)
    expect(single.code).toBe(4)
    expect(single.stdout).toMatch(/fake\/b +-10\.0 % +one run +too noisy/)
    const allowed = ['--runs', '3', '--compare', base, '--fail-below', '80%']
    expect((await bench(allowed, slower)).code).toBe(0)
  })

  it('refuses a base that has nothing of what runs', async () => {
    const base = path.join(folder, 'other-base.json')
    await bench(['--runs', '1', '--only', 'fake/a', '--json', base])
    const { code, stderr, requests } = await bench(['--only', 'fake/b', '--compare', base])
    expect([code, requests]).toEqual([2, []])
    expect(stderr).toContain(`--compare '${base}': nothing of what runs was measured there`)
  })

  it('ends with 1 when there is no p99 for a limit', async () => {
    const { code, stdout } = await bench(['--runs', '1', '--max-p99', '1us'])
    expect(code).toBe(1)
    expect(stdout).toContain('nothing was measured that has a p99 to hold against 1.00 µs')
  })

  it('takes a quick look at a workload, too', async () => {
    const { requests } = await bench(['--quick', '--depth', '8'])
    expect(requests.map(({ name, durationMs }) => [name, durationMs])).toEqual([
      ['custom/depth-8', 250],
    ])
  })

  it('ends with 1 when a p99 is above the limit', async () => {
    const latencyNs = { p50: 1, p90: 1, p99: 2000, p999: 1, p9999: 1, max: 1 }
    const late: RunChild = () =>
      Promise.resolve({ kind: 'measured', measurement: { ...GOOD, latencyNs } })
    const above = await bench(['--runs', '1', '--max-p99', '1us'], late)
    expect(above.code).toBe(1)
    expect(above.stdout).toContain('p99 above 1.00 µs: fake/a, fake/b, fake/slow')
    const below = await bench(['--runs', '1', '--max-p99', '3us'], late)
    expect([below.code, below.stdout.includes('every p99 is at most 3.00 µs')]).toEqual([0, true])
  })

  it('has scenarios that need a trace only when there is one', async () => {
    const scenarios = [...SCENARIOS, { ...SCENARIOS[0]!, name: 'fake/trace', needsTrace: true }]
    const without = await bench(['--list'], measuring, { scenarios })
    const withTrace = await bench(['--list', '--trace', trace], measuring, { scenarios })
    expect(without.stdout).not.toContain('fake/trace')
    expect(withTrace.stdout).toContain('fake/trace')
    const asked = await bench(['--only', 'fake/trace'], measuring, { scenarios })
    expect(asked.code).toBe(2)
    expect(asked.stderr).toContain("--only 'fake/trace': this replays a block trace: give one with")
    const unused = await bench(['--only', 'fake/a', '--trace', trace], measuring, { scenarios })
    expect(unused.code).toBe(2)
    expect(unused.stderr).toContain(`--trace '${trace}': nothing of what runs replays a trace`)
  })

  it.each([
    ['', /: the file is empty; expected a header line/],
    ['some words\n', /:1: no column time_us, op, size, lbn: "some words"; expected a header line/],
    [
      'time_us,op,size,lbn\n0,28,4096,1\n5,28,7,1\n',
      /:3: size is out of range: "7"; expected bytes/,
    ],
  ])('refuses a trace of %j before anything is measured or written', async (text, message) => {
    const scenarios = [...SCENARIOS, { ...SCENARIOS[0]!, name: 'fake/trace', needsTrace: true }]
    const bad = path.join(folder, 'bad.csv')
    const json = path.join(folder, 'never.json')
    writeFileSync(bad, text)
    const run = await bench(['--trace', bad, '--json', json], measuring, { scenarios })
    expect(run.code).toBe(2)
    expect(run.stderr).toMatch(message)
    expect(run.stderr).toMatch(/^irpool bench: --trace '.*bad.csv': /)
    expect([run.stdout, run.requests]).toEqual(['', []])
    expect(existsSync(json)).toBe(false)
  })

  it('lists and explains without running anything', async () => {
    const list = await bench(['--list', '--only', 'slow'])
    expect(list.stdout).toMatch(/^fake\/slow .*\n$/)
    const help = await bench(['--help'])
    expect(help.stdout).toMatch(/^Usage: irpool bench[^]*Examples:/)
    expect([list.code, help.code]).toEqual([0, 0])
    expect([...list.requests, ...help.requests]).toEqual([])
  })

  it('ends with 1 when a scenario fails, 3 when one lies, and 3 wins', async () => {
    const failed = await bench(['--runs', '2'], failing)
    expect(failed.code).toBe(1)
    expect(failed.stdout).toMatch(/fake\/b +failed: it broke/)
    const lied = await bench(['--runs', '2'], lying)
    expect(lied.code).toBe(3)
    expect(lied.stdout).toContain('WRONG ANSWERS')
  })

  it('takes a skipped scenario for no failure', async () => {
    const { code, stdout } = await bench([], () =>
      Promise.resolve({ kind: 'skipped', why: 'one core' }),
    )
    expect(code).toBe(0)
    expect(stdout).toContain('skipped: one core')
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])(
    'on %s kills the child, prints what there is and ends with %i',
    async (signalName, exitCode) => {
      const jsonFile = path.join(folder, `${signalName}.json`)
      const signals = new EventEmitter()
      let runs = 0
      const runChild: RunChild = (request, signal) => {
        runs++
        if (runs < 2) return measuring(request, signal)
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ kind: 'interrupted' }))
          signals.emit(signalName)
        })
      }
      const argv = ['--runs', '5', '--json', jsonFile]
      const { code, stdout } = await bench(argv, runChild, { signals })
      expect(code).toBe(exitCode)
      expect(runs).toBe(2)
      expect(stdout).toContain('interrupted; measured so far:')
      expect(stdout).toMatch(/fake\/a +6,000/)
      expect(JSON.parse(readFileSync(jsonFile, 'utf8'))).toMatchObject({ interrupted: true })
      expect(signals.listenerCount('SIGINT') + signals.listenerCount('SIGTERM')).toBe(0)
    },
  )

  it('leaves files alone when it is interrupted before anything was measured', async () => {
    const base = path.join(folder, 'kept.json')
    writeFileSync(base, 'precious')
    const signals = new EventEmitter()
    const runChild: RunChild = () => {
      signals.emit('SIGINT')
      return Promise.resolve({ kind: 'interrupted' })
    }
    const { code, stdout } = await bench(['--json', base], runChild, { signals })
    expect(code).toBe(130)
    expect(stdout).toContain('interrupted before anything was measured; nothing was written')
    expect(readFileSync(base, 'utf8')).toBe('precious')
  })

  it('says when the machine was too busy to judge', async () => {
    const { stdout } = await bench(['--runs', '1'], measuring, { watchForeignCpu: () => () => 0.5 })
    expect(stdout).toContain('This machine was too busy to judge')
  })
})
