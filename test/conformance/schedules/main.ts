/**
 * Runs seeded schedules: `npm run conformance:schedules -- --count 100000 --seed 1`. The seeds are those from
 * `seed` on; a failing one prints its events, and `--count 1 --seed N` runs it again, step by step the same.
 * Runs on: a process of its own.
 */
import { parseArgs } from 'node:util'
import { runSchedule } from './schedule.js'

const { values } = parseArgs({
  options: { count: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
})
const count = wholeNumber('count', values.count, 1)
const first = wholeNumber('seed', values.seed, 0)

let requests = 0
let failures = 0
const started = performance.now()
for (let seed = first; seed < first + count && failures < 5; seed++) {
  const result = await runSchedule(seed)
  requests += result.requests
  if (result.failure === null) continue
  failures++
  console.error(`schedule ${seed} broke a rule:\n  ${result.events.join('\n  ')}`)
  console.error(result.failure)
  console.error(`run it again with: npm run conformance:schedules -- --count 1 --seed ${seed}`)
}
const seconds = ((performance.now() - started) / 1000).toFixed(1)
console.log(
  failures === 0
    ? `${count} schedules from seed ${first}, ${requests} requests: every rule held (${seconds} s)`
    : `${failures} schedules broke a rule`,
)
process.exitCode = failures === 0 ? 0 : 1

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value < 2 ** 32) return value
  console.error(`--${name} ${text} is not a whole number from ${least}`)
  return process.exit(2)
}
