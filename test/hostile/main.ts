/**
 * Hostile: a driver that writes where it must not, seed by seed: `npm run hostile -- --count 2000 --seed 1`.
 * A failing seed is printed, and goes the same way again. Runs on: a process of its own.
 */
import { parseArgs } from 'node:util'
import { foreignRun } from './foreign-run.js'
import { hostileRun } from './hostile-run.js'
import { type Kind, KINDS } from './vandal.js'

type Numbers = [count: number, first: number, steps: number]

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    steps: { type: 'string', default: '2000' },
  },
})
const [count, first, steps] = [values.count, values.seed, values.steps].map(Number) as Numbers
if (![count, first + 1, steps].every((value) => Number.isInteger(value) && value > 0)) {
  console.error('usage: npm run hostile -- [--count 500] [--seed 1] [--steps 2000]')
  process.exit(2)
}

const strikes = new Map<Kind, number>(KINDS.map((kind) => [kind, 0]))
let [rejected, accused, honest, failures] = [0, 0, 0, 0]
const foreign = { strikes: 0, rejected: 0, ended: 0, served: 0, died: 0 }
for (let seed = first; seed < first + count; seed++) {
  try {
    const report = await hostileRun(seed, steps)
    for (const [kind, times] of report.strikes) strikes.set(kind, (strikes.get(kind) ?? 0) + times)
    rejected += report.rejected
    accused += report.accused
    honest += report.honestEnded
    const other = await foreignRun(seed, steps)
    for (const name of Object.keys(foreign) as (keyof typeof foreign)[]) {
      foreign[name] += other[name]
    }
  } catch (error) {
    failures++
    console.error(`seed ${seed}:`, error)
  }
}
const kinds = [...strikes].map(([kind, times]) => `${kind} ${times}`).join(', ')
console.log(
  `hostile: ${count} seeds from ${first}, strikes: ${kinds}; completions rejected ${rejected}, ` +
    `workers ended ${accused}, requests of the honest device served ${honest}, failures ${failures}`,
)
console.log(
  `into another worker's rings: strikes ${foreign.strikes}, completions rejected ${foreign.rejected}, its ends ` +
    `${foreign.ended}, requests of another channel there: served ${foreign.served}, ended with it ${foreign.died}`,
)
process.exitCode = failures === 0 ? 0 : 1
