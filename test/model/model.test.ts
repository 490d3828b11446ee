/**
 * Model: runs the model checker's push tier in a process of its own, on the built code, and reads its verdicts.
 * `npm run model` searches everything.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Searched, Caught } from './main.js'
import { mutants } from './mutants/index.js'
import { scenarios } from './scenarios/index.js'

const main = fileURLToPath(new URL('../../build/test/model/main.js', import.meta.url))
const pushed = scenarios.filter(({ pushStarts }) => pushStarts?.length !== 0)

describe('the model checker, push tier', () => {
  const folder = mkdtempSync(join(tmpdir(), 'irpool-model-'))
  let searched: Searched[] = []
  let caught: Caught[] = []

  beforeAll(() => {
    const json = join(folder, 'model.json')
    const { stdout, stderr } = spawnSync(process.execPath, [main, '--push', '--json', json], {
      encoding: 'utf8',
      timeout: 300_000,
    })
    console.log(stdout.split('\n').slice(-4).join('\n'), stderr)
    ;({ searched, caught } = JSON.parse(readFileSync(json, 'utf8')) as {
      searched: Searched[]
      caught: Caught[]
    })
  }, 300_000)

  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(pushed.map(({ name }) => name))('searches "%s" and finds nothing wrong', (name) => {
    const found = searched.find((scenario) => scenario.name === name)
    expect(found?.problem).toBeUndefined()
    expect(found?.verdict.states).toBeGreaterThan(10)
  })

  it.each(mutants.map(({ name }) => name))('catches the mutant "%s"', (name) => {
    const found = caught.find((mutant) => mutant.name === name)
    expect(found).toEqual({ name, scenario: found?.scenario, isCaught: true })
  })
})
