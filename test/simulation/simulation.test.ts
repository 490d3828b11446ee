/**
 * Simulation: runs the push tier in a process of its own, on the built code, and reads its verdicts. More seeds:
 * `npm run simulate -- --seeds 100000 --from 1`; all mutants: `--mutants`.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FAULT_KINDS } from './fault-book.js'
import type { Caught } from './main.js'
import { pushedMutants } from './mutants.js'
import type { Summary } from './summary.js'

const main = fileURLToPath(new URL('../../build/test/simulation/main.js', import.meta.url))
const SEEDS = 2000
const TIMEOUT_MS = 300_000

function simulation(...options: string[]): string {
  const { stdout } = spawnSync(process.execPath, [main, ...options], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    maxBuffer: 2 ** 26,
  })
  return stdout
}

/** Every event of a run. */
function events(seed: number): string {
  const lines = simulation('--seed', String(seed), '--events').split('\n')
  return lines.slice(0, -4).join('\n')
}

describe('the whole engine, simulated', () => {
  const folder = mkdtempSync(join(tmpdir(), 'irpool-simulation-'))
  let summary: Summary
  let caught: Caught[] = []

  beforeAll(() => {
    const json = join(folder, 'simulation.json')
    const stdout = simulation('--seeds', String(SEEDS), '--mutants', '--push', '--json', json)
    console.log(stdout.split('\n').slice(-30).join('\n'))
    ;({ summary, caught } = JSON.parse(readFileSync(json, 'utf8')) as {
      summary: Summary
      caught: Caught[]
    })
  }, TIMEOUT_MS)

  afterAll(() => rmSync(folder, { recursive: true }))

  it(`keeps every promise in ${SEEDS} seeds`, () => {
    expect(summary.violations).toEqual([])
    expect(summary.seeds).toBe(SEEDS)
    expect(summary.requests).toBeGreaterThan(10 * SEEDS)
  })

  it.each(FAULT_KINDS)('was struck by the fault "%s"', (kind) => {
    expect(summary.faults[kind]).toBeGreaterThan(0)
  })

  it.each(pushedMutants.map(({ name }) => name))('notices the mutant "%s"', (name) => {
    expect(caught.find((found) => found.name === name)?.seed).toBeGreaterThan(0)
  })

  it(
    'gives the same run for the same seed, event by event',
    () => {
      const [first, again] = [events(64), events(64)]
      expect(first).toContain('presents')
      expect(again).toBe(first)
    },
    TIMEOUT_MS,
  )
})
