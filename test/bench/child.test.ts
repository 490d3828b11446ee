import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { readAnswer } from '../../bench/child-process.js'
import { writeReport } from '../../bench/report-json.js'
import type { Measurement } from '../../bench/scenario.js'
import { built, runBuilt } from './fixtures/build-folder.js'
import { GOOD } from './fixtures/fake-scenarios.js'
import { REPORT } from './fixtures/sample-report.js'

const folder = mkdtempSync(path.join(os.tmpdir(), 'irpool-child-'))
afterAll(() => rmSync(folder, { recursive: true }))

function child(...argv: string[]) {
  const url = pathToFileURL(built('test/bench/fixtures/fake-scenarios.js')).href
  return runBuilt('bench/child.js', [...argv, '--scenarios', url])
}

describe('child.js by hand', () => {
  it('prints a table for people', async () => {
    const { code, stdout } = await child('fake/fast')
    expect(code).toBe(0)
    expect(stdout).toMatch(/fake\/fast +2,000/)
    expect(stdout).toContain('answers verified')
  })

  it.each([
    ['fake/wrong', 3, 'stdout', /answers WRONG/],
    ['fake/unbalanced', 3, 'stdout', /answers WRONG/],
    ['fake/skipped', 0, 'stdout', /skipped: no second core/],
    ['fake/throws', 1, 'stderr', /failed: Error: the fake broke/],
    ['fake/fsat', 2, 'stderr', /no scenario is named 'fake\/fsat'; did you mean 'fake\/fast'\?/],
  ] as const)('answers %s with exit code %i', async (name, code, stream, message) => {
    const ended = await child(name)
    expect(ended.code).toBe(code)
    expect(ended[stream]).toMatch(message)
  })

  it('writes one line of JSON to the descriptor it is given, and nothing else', async () => {
    const { stdout } = await child('fake/fast', '--json-fd', '1', '--duration-ms', '5')
    expect(stdout.trim().split('\n')).toHaveLength(1)
    expect(JSON.parse(stdout)).toEqual({ measurement: GOOD })
  })
})

describe('the rivals', () => {
  it.each([
    'rival/post-message/depth-64',
    'rival/post-message-object/depth-64',
    'rival/post-message-batched-256/depth-1024',
    'rival/comlink/depth-64',
    'rival/piscina-tasks-1/depth-64',
    'rival/piscina-tasks-64/depth-64',
    'rival/tinypool-tasks-64/depth-64',
    'rival/workerpool/depth-64',
    'rival/poolifier/depth-64',
    'rival/ringbuf-js/batch-32',
  ])(
    '%s answers every request once and right, on two workers',
    async (name) => {
      const argv = ['--duration-ms', '100', '--warmup-ms', '5', '--workers', '2', '--json-fd', '1']
      const { code, stdout, stderr } = await runBuilt('bench/child.js', [name, ...argv])
      expect(stderr).toBe('')
      expect(code).toBe(0)
      const { measurement }: { measurement: Measurement } = JSON.parse(stdout)
      expect(measurement.checksumOk).toBe(true)
      expect(measurement.operations).toBeGreaterThan(0)
    },
    30_000,
  )
})

describe('the bench command as a process', () => {
  const fakes = 'fast,twin,wrong,unbalanced,skipped,throws,silent'

  it('brings every kind of outcome back from its children', async () => {
    const argv = ['--runs', '1', '--duration', '0.01', '--only', fakes]
    const { code, stdout } = await runBuilt('test/bench/fixtures/run-fake-bench.js', argv)
    expect(code).toBe(3)
    expect(stdout).toMatch(/fake\/fast +~?2,000/)
    expect(stdout).toMatch(/fake\/twin +~?2,000 .* 1\.00× fake\/fast/)
    expect(stdout).toMatch(/fake\/wrong +WRONG ANSWERS: .*lost 7/)
    expect(stdout).toMatch(/fake\/unbalanced +WRONG ANSWERS: the ledger does not balance/)
    expect(stdout).toMatch(/fake\/skipped +skipped: no second core/)
    expect(stdout).toMatch(/fake\/throws +failed: Error: the fake broke/)
    expect(stdout).toMatch(/fake\/silent +failed: no measurement came back: exit code 9/)
  }, 30_000)

  it('on SIGINT kills the running child, prints what there is and ends with 130', async () => {
    const argv = ['--runs', '3', '--only', 'fast,hangs']
    let interrupted = false
    const { code, stdout } = await runBuilt(
      'test/bench/fixtures/run-fake-bench.js',
      argv,
      (stderr, bench) => {
        if (interrupted || !stderr.includes('running fake/hangs')) return
        interrupted = true
        bench.kill('SIGINT')
      },
    )
    expect(code).toBe(130)
    expect(stdout).toContain('interrupted; measured so far:')
    expect(stdout).toMatch(/fake\/fast +~?2,000/)
  }, 30_000)

  it('is found by the irpool command', async () => {
    const { code, stdout } = await runBuilt('src/cli/irpool.js', ['bench', '--list'])
    expect(code).toBe(0)
    expect(stdout).toContain('rival/post-message/depth-1024')
    const wrong = await runBuilt('src/cli/irpool.js', ['bench', '--runs', '0'])
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain("irpool bench: --runs '0'")
  })
})

describe('readme-table.js', () => {
  it('rewrites the block of a README from a run', async () => {
    const result = path.join(folder, 'run.json')
    const readme = path.join(folder, 'README.md')
    writeReport(result, REPORT)
    writeFileSync(
      readme,
      'a\n\n<!-- bench:headline:begin -->\n<!-- bench:headline:end -->\n\nb\n\n<!-- bench:all:begin -->\nold\n<!-- bench:all:end -->\n\nc\n',
    )
    expect((await runBuilt('bench/readme-table.js', [result, readme])).code).toBe(0)
    const text = readFileSync(readme, 'utf8')
    expect(text).toMatch(
      /^a\n\n<!-- bench:headline:begin -->\n\n\| one request [^]*\n\nMeasured 2026-01-02: [^]*\n<!-- bench:headline:end -->\n\nb\n\n<!-- bench:all:begin -->\n\nMeasured 2026-01-02: [^]*\n<!-- bench:all:end -->\n\nc\n$/,
    )
    expect(text).not.toContain('old')
  })

  it('refuses an interrupted run and a README without markers, and leaves the file alone', async () => {
    const result = path.join(folder, 'cut.json')
    const readme = path.join(folder, 'plain.md')
    writeReport(result, { ...REPORT, interrupted: true })
    writeFileSync(readme, 'plain\n')
    const cut = await runBuilt('bench/readme-table.js', [result, readme])
    expect(cut.code).toBe(1)
    expect(cut.stderr).toContain('interrupted')
    writeReport(result, REPORT)
    const plain = await runBuilt('bench/readme-table.js', [result, readme])
    expect(plain.code).toBe(1)
    expect(plain.stderr).toContain('exactly one')
    expect(readFileSync(readme, 'utf8')).toBe('plain\n')
    expect((await runBuilt('bench/readme-table.js', [result])).code).toBe(2)
  })
})

describe('readAnswer', () => {
  it('knows the three messages of a child', () => {
    const line = JSON.stringify({ measurement: GOOD })
    expect(readAnswer(line, '')).toEqual({ kind: 'measured', measurement: GOOD })
    expect(readAnswer('{"skipped":"x"}', '')).toEqual({ kind: 'skipped', why: 'x' })
    expect(readAnswer('{"failed":"y"}', '')).toEqual({ kind: 'failed', why: 'y' })
  })

  it.each([
    '{}',
    JSON.stringify({ measurement: { ...GOOD, seconds: 0 } }),
    JSON.stringify({ measurement: { ...GOOD, operations: '5' } }),
    JSON.stringify({ measurement: { ...GOOD, checksumOk: 1 } }),
  ])('takes %s for no measurement', (line) => {
    expect(readAnswer(line, '')).toMatchObject({ kind: 'failed' })
  })

  it('explains silence with how the child ended', () => {
    expect(readAnswer('', 'SIGSEGV boom')).toEqual({
      kind: 'failed',
      why: 'no measurement came back: SIGSEGV boom',
    })
  })
})
