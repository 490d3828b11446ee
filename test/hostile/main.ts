/**
 * Hostile: a driver that writes where it must not, seed by seed: `npm run hostile -- --count 2000 --seed 1`.
 * A failing seed is printed, and goes the same way again. Runs on: a process of its own.
 */
import { parseArgs } from 'node:util'
import { foreignRun } from './foreign-run.js'
import { hostileRun } from './hostile-run.js'
import { type Kind, KINDS } from './vandal.js'

const STEPS = 2000
const { values } = parseArgs({
  options: { count: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' } },
})
const [count, first] = [Number(values.count), Number(values.seed)]
if (!(Number.isInteger(count) && count > 0 && Number.isInteger(first) && first >= 0)) {
  console.error('usage: npm run hostile -- [--count 500] [--seed 1]')
  process.exit(2)
}

const strikes = new Map<Kind, number>(KINDS.map((kind) => [kind, 0]))
let [rejected, accused, honest, failures] = [0, 0, 0, 0]
const foreign = { strikes: 0, rejected: 0, ended: 0, served: 0, died: 0 }
for (let seed = first; seed < first + count; seed++) {
  try {
    const report = await hostileRun(seed, STEPS)
    for (const [kind, times] of report.strikes) strikes.set(kind, (strikes.get(kind) ?? 0) + times)
    rejected += report.rejected
    accused += report.accused
    honest += report.honestEnded
    const other = await foreignRun(seed, STEPS)
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
