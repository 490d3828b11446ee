/** A driver that writes into the rings, in seeded steps: the host stands, and so does the other worker. */
import { expect, it } from 'vitest'
import { foreignRun } from './foreign-run.js'
import { hostileRun } from './hostile-run.js'

const RUNS = 60
const STEPS = 400

it(`${RUNS} seeds of ${STEPS} steps`, async () => {
  const first = Date.now() % 2 ** 30
  let [rejected, accused, honest] = [0, 0, 0]
  for (let seed = first; seed < first + RUNS; seed++) {
    try {
      const report = await hostileRun(seed, STEPS)
      rejected += report.rejected
      accused += report.accused
      honest += report.honestEnded
    } catch (cause) {
      throw new Error(`npm run hostile -- --count 1 --seed ${seed} --steps ${STEPS}`, { cause })
    }
  }
  console.log(
    `hostile: seeds from ${first}, rejected ${rejected}, workers ended ${accused}, honest ${honest}`,
  )
  expect(rejected).toBeGreaterThan(RUNS)
  expect(accused).toBeGreaterThan(RUNS / 2)
  expect(honest).toBeGreaterThan(RUNS * 100)
})

it('into another worker’s rings: that worker may go, what it serves for others does not', async () => {
  const first = Date.now() % 2 ** 30
  let [ended, served, died] = [0, 0, 0]
  for (let seed = first; seed < first + RUNS; seed++) {
    try {
      const report = await foreignRun(seed, STEPS)
      ended += report.ended
      served += report.served
      died += report.died
    } catch (cause) {
      throw new Error(`npm run hostile -- --count 1 --seed ${seed} --steps ${STEPS}`, { cause })
    }
  }
  console.log(
    `hostile to others: seeds from ${first}, ended ${ended}, served ${served}, died ${died}`,
  )
  expect(ended).toBeGreaterThan(RUNS)
  expect(died).toBeGreaterThan(0)
  expect(served).toBeGreaterThan(RUNS * STEPS * 0.9)
})
