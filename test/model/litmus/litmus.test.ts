/** Litmus: on real threads nothing forbidden is seen, every history has an explanation, and the control races. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { type History, isLinearizable } from './history.js'

const run = fileURLToPath(new URL('../../../build/test/model/litmus/run.js', import.meta.url))

it('the access port keeps its order on two threads, and the ring is a queue', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [run], { encoding: 'utf8' })
  console.log(stdout)
  expect(stderr).toBe('')
  expect(status).toBe(0)
}, 300_000)

it('the histories that no queue has are told from those that one has', () => {
  const offers: History['offers'] = [
    [0, 1, 1],
    [2, 3, 1],
    [6, 9, 0],
  ]
  const history = (takes: History['takes']): History => ({ capacity: 2, offers, takes })
  expect(isLinearizable(history([[4, 5, 1]]))).toBe(false)
  expect(isLinearizable(history([[7, 8, 1]]))).toBe(true)
  expect(isLinearizable(history([[7, 8, 2]]))).toBe(false)
  expect(isLinearizable(history([[7, 8, 0]]))).toBe(false)
})
