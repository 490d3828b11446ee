/**
 * Overload: goodput and memory at 0.5 to 10 times what a device can do, and the shares of two hosts on one worker:
 * `npm run overload`. Exit code 1 when goodput at 10 times falls below 90 % of the peak, memory grows, a refusal has
 * another status than it should, or a host starves. Runs on: a process of its own.
 */
import { drivers, Engine, formatLedger, STATUS_INSUFFICIENT_RESOURCES } from '../../src/index.js'
import { OpenLoad } from './open-load.js'

const FACTORS = [0.5, 1, 2, 5, 10]
const SECONDS = 2
/** A request's work: far more than what a refusal costs the host. */
const SPIN_US = 20
const LEAST_GOODPUT = 0.9
const MOST_GROWTH = 1.05
const LEAST_SHARE = 0.4

const engine = await Engine.start({
  workers: 1,
  devices: [
    {
      name: 'busy',
      driver: drivers.null,
      parameters: { spinUs: SPIN_US, dispatchType: 'parallel' },
    },
  ],
})
const main = await OpenLoad.open(engine)
const other = await OpenLoad.open(engine)
const failures: string[] = []

// What it can do at all: sent without pause.
const capacity = (await main.run(Infinity, SECONDS)).endedPerSecond
console.log(`capacity ${capacity.toFixed(0)} requests/s, ${SPIN_US} µs of work each`)
globalThis.gc?.()
const rssBefore = process.memoryUsage().rss
const goodputs: number[] = []
for (const factor of FACTORS) {
  const { endedPerSecond, refused, statuses } = await main.run(factor * capacity, SECONDS)
  const { rss, heapUsed } = process.memoryUsage()
  goodputs.push(endedPerSecond)
  console.log(
    `${String(factor).padStart(4)} x offered: ${endedPerSecond.toFixed(0)} ended/s, refused ${refused}, ` +
      `rss ${megabytes(rss)}, heap ${megabytes(heapUsed)}`,
  )
  for (const status of statuses) {
    if (status !== STATUS_INSUFFICIENT_RESOURCES) failures.push(`refused with ${status}`)
  }
}
const goodput = (goodputs.at(-1) ?? 0) / Math.max(...goodputs)
const growth = process.memoryUsage().rss / rssBefore
console.log(
  `goodput at 10 times ${(100 * goodput).toFixed(1)} % of the peak, rss grew by ${(100 * (growth - 1)).toFixed(1)} %`,
)
if (goodput < LEAST_GOODPUT) failures.push('goodput at 10 times the capacity is too low')
if (growth > MOST_GROWTH) failures.push('memory grows under overload')

// Two hosts that both flood: each gets its half. One that floods beside a light one: the light one is served.
const [one, two] = await Promise.all([
  main.run(5 * capacity, SECONDS),
  other.run(5 * capacity, SECONDS),
])
const share = one.endedPerSecond / (one.endedPerSecond + two.endedPerSecond)
const [, light] = await Promise.all([
  main.run(10 * capacity, SECONDS),
  other.run(capacity / 50, SECONDS),
])
const served = light.endedPerSecond / (capacity / 50)
console.log(
  `two flooding hosts: shares ${(100 * share).toFixed(1)} % and ${(100 * (1 - share)).toFixed(1)} %; ` +
    `a host with 2 % of the capacity beside one with 1000 %: served ${(100 * served).toFixed(1)} %, refused ${light.refused}`,
)
if (Math.min(share, 1 - share) < LEAST_SHARE) failures.push('a flooding host starves another')
if (served < LEAST_GOODPUT || light.refused > 0) failures.push('a light host starves')

await engine.stop()
console.log(formatLedger(engine.ledger()))
for (const failure of failures) console.error(failure)
process.exitCode = failures.length === 0 ? 0 : 1

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`
}
