/** Spin: the Promela models hold and their mutants do not, where Spin is installed; a line says so where not. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const run = fileURLToPath(new URL('../../../build/test/model/spin/run.js', import.meta.url))

it('every model holds, every mutant of a model is caught', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [run], { encoding: 'utf8' })
  const last = stdout.trim().split('\n').at(-1) ?? ''
  console.log(last)
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(last).toMatch(
    /^spin: (skipped, |models 4, .* errors 0, LTL 4\/4, mutant models caught 10\/10$)/,
  )
}, 300_000)
