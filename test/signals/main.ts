/**
 * Signals: SIGTERM or SIGINT at random moments of a loaded process, over and over:
 * `npm run signals -- --count 200`. Exit code 1 unless each ends with code 0 and a balanced ledger.
 * Runs on: a process of its own.
 */
import { parseArgs } from 'node:util'
import { ledgerOf, signalled } from './signalled.js'

const LONGEST_DELAY_MS = 100

const { values } = parseArgs({ options: { count: { type: 'string', default: '200' } } })
const count = Number(values.count)
if (!(Number.isInteger(count) && count > 0)) {
  console.error('usage: npm run signals -- [--count 200]')
  process.exit(2)
}

let [orderly, balanced, accepted, cancelled, worstMs] = [0, 0, 0, 0, 0]
for (let i = 0; i < count; i++) {
  const end = await signalled(Math.random() * LONGEST_DELAY_MS, i % 4 === 3 ? 'SIGINT' : 'SIGTERM')
  const ledger = ledgerOf(end)
  if (end.code === 0) orderly++
  if (ledger?.isBalanced === true) balanced++
  accepted += ledger?.accepted ?? 0
  cancelled += ledger?.cancelled ?? 0
  worstMs = Math.max(worstMs, end.endedAfterMs)
  if (end.code !== 0 || ledger?.isBalanced !== true) console.error(`signal ${i}:`, end)
}
const isFine = orderly === count && balanced === count && cancelled >= count
console.log(
  `signals ${count}: exit code 0 ${orderly}, balanced ledgers ${balanced}, accepted = completed ${accepted}, ` +
    `cancelled ${cancelled}, longest from signal to end ${worstMs.toFixed(0)} ms`,
)
process.exitCode = isFine ? 0 : 1
