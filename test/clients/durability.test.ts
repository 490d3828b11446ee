import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { killUnderLoad } from './durability.js'
import { seededRandom } from './random.js'

// More of them: node build/test/clients/durability-run.js 50
it('a server that is killed loses nothing that it called durable', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'irpool-durability-'))
  const { lost, durableAnswers } = await killUnderLoad(folder, 3, seededRandom(1))
  rmSync(folder, { recursive: true })
  expect(lost).toBe(0)
  expect(durableAnswers).toBeGreaterThan(10)
})

it('the judge would see it: memory forgets everything', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'irpool-durability-'))
  const { lost, durableAnswers } = await killUnderLoad(folder, 1, seededRandom(2), [])
  rmSync(folder, { recursive: true })
  expect(durableAnswers).toBeGreaterThan(0)
  expect(lost).toBeGreaterThan(0)
})
