import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseProfileOptions, selectScenario } from '../../../bench/profile/profile-options.js'
import type { Scenario } from '../../../bench/scenario.js'

const folder = mkdtempSync(path.join(os.tmpdir(), 'irpool-options-'))
afterAll(() => rmSync(folder, { recursive: true }))

function scenario(name: string): Scenario {
  return { name, unit: 'IRP/s', group: 'g', title: name, run: () => Promise.reject(new Error()) }
}
const SCENARIOS = ['ring/x', 'irp/batch/depth-1', 'irp/batch/depth-1024', 'irp/b/batch'].map(
  scenario,
)

describe('parseProfileOptions', () => {
  it("takes the benchmark's options beside its own, wherever they stand", () => {
    const html = path.join(folder, 'a.html')
    const argv = ['--workers', '2', 'promise', '--html', html, '--duration=0.5', '--keep', folder]
    const options = parseProfileOptions(argv)
    expect(options).toMatchObject({ pattern: 'promise', htmlFile: html, keepFolder: folder })
    expect(options.bench).toMatchObject({ workers: 2, durationMs: 500 })
    expect(options.bench.jsonFile).toBeUndefined()
  })

  it('measures three seconds by default', () => {
    expect(parseProfileOptions([])).toMatchObject({ pattern: '', bench: { durationMs: 3000 } })
    expect(parseProfileOptions(['--only', 'ring']).pattern).toBe('ring')
  })

  it.each([
    [['--htlm', 'x'], /unknown option '--htlm'; did you mean '--html'/],
    [['--workers', '0'], /--workers '0'/],
    [['--workers', 'x'], /^irpool profile: /],
    [['a', 'b'], /unexpected 'b'/],
    [['--runs', '5'], /unknown option '--runs'/],
    [['--sweep', 'depth=1,2'], /unknown option '--sweep'/],
    [
      ['ring', '--depth', '8', '--mix', '70'],
      /'ring' and the options of a workload \(depth, mix\)/,
    ],
    [
      ['--html', path.join(folder, 'none', 'x.html')],
      /--html '.*': expected a file that can be written/,
    ],
    [['--json', folder], /--json '.*': expected a file/],
    [['--keep', '/dev/null/x'], /--keep '\/dev\/null\/x': expected a folder/],
  ])('refuses %j', (argv, message) => {
    expect(() => parseProfileOptions(argv)).toThrow(message)
  })
})

describe('selectScenario', () => {
  it.each([
    ['', 'irp/batch/depth-1024'],
    ['irp/batch/depth-1', 'irp/batch/depth-1'],
    ['batch', 'irp/batch/depth-1'],
    ['*batch', 'irp/b/batch'],
  ])('takes %j for %s', (pattern, name) => {
    expect(selectScenario(SCENARIOS, { ...parseProfileOptions([]), pattern }).name).toBe(name)
  })

  it('names what there is when nothing matches', () => {
    const options = parseProfileOptions(['nothing'])
    expect(() => selectScenario(SCENARIOS, options)).toThrow(/'nothing'; there are\n {2}ring\/x/)
  })

  it('takes the workload of the command line', () => {
    const options = parseProfileOptions(['--depth', '32', '--batch', '4'])
    expect(selectScenario(SCENARIOS, options).workload).toMatchObject({ depth: 32, batch: 4 })
  })

  it('goes with a trace where one is replayed, and nowhere else', () => {
    const scenarios = [...SCENARIOS, { ...scenario('trace/replay'), needsTrace: true }]
    const trace = path.join(folder, 'trace.csv')
    writeFileSync(trace, '')
    const select = (...argv: string[]) => selectScenario(scenarios, parseProfileOptions(argv))
    expect(select('trace', '--trace', trace).name).toBe('trace/replay')
    expect(() => select('trace')).toThrow(/'trace': this replays a block trace: give one/)
    expect(() => select('ring', '--trace', trace)).toThrow(/nothing of what runs replays a trace/)
  })
})
