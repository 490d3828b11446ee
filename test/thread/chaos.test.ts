/**
 * Chaos, the short form of `npm run chaos`: workers and hosts die at random under full load. In a process of
 * its own: some of the ways to die are about memory.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { packageRoot } from './built.js'

const SECONDS = 20

it(`${SECONDS} s of deaths: nothing lost, nothing twice, nothing stuck`, () => {
  const seed = Date.now() % 2 ** 31
  const main = fileURLToPath(new URL('build/test/chaos/main.js', packageRoot))
  const flags = [main, '--seconds', String(SECONDS), '--seed', String(seed)]
  const { status, stdout, stderr } = spawnSync(process.execPath, flags, { encoding: 'utf8' })
  console.log(stdout)
  expect(stderr.split('\n').filter((line) => !line.includes('Warning'))).toEqual([''])
  expect(status).toBe(0)
  expect(stdout).toContain('chaos: every promise held')
}, 240_000)
