/**
 * `npm run verifier`: a good and a bad driver for each rule, every shipped driver under a generated workload and with
 * each of its allocations failing, and what the verifier costs. Runs on: its own process.
 *
 *   node build/test/verifier/main.js [--requests N]
 */
import { parseArgs } from 'node:util'
import * as nativeSim from '../../native-sim/index.js'
import * as workload from '../../src/cli/verify-workload.js'
import * as irpool from '../../src/index.js'
import { CHECKED_RULES } from '../../src/verifier/rules.js'
import { SWEPT, sweepAllocations } from './allocation-sweep.js'
import { CASES, runCase } from './run-case.js'
import { runShipped, SHIPPED_NAMES } from './shipped.js'

const { values: options } = parseArgs({
  options: { requests: { type: 'string', default: '5000' } },
})
const COST_READS = 200_000
const AT_ONCE = 64

/** Names of the cases whose bad driver was not reported by exactly its rule, or whose good one was reported. */
async function runCases(): Promise<{ missed: string[]; alarms: string[] }> {
  const missed: string[] = []
  const alarms: string[] = []
  for (const subject of CASES) {
    const bad = await runCase(subject, true)
    const rules = bad.reports.map(({ rule }) => rule)
    if (rules.join() !== subject.rule) missed.push(`${subject.rule}: told ${rules.join(', ')}`)
    const good = await runCase(subject, false)
    alarms.push(...good.reports.map(({ rule }) => `${subject.rule}, good driver: ${rule}`))
  }
  return { missed, alarms }
}

/** Nanoseconds per read of the null driver, as a host sees it. */
async function costOfRead(verifier: boolean): Promise<number> {
  const engine = await irpool.Engine.start({
    workers: 1,
    verifier,
    devices: [
      { name: 'null', driver: irpool.drivers.null, parameters: { dispatchType: 'parallel' } },
    ],
  })
  const file = await engine.open('null')
  const bytes = engine.channel.allocate(512)
  const reads = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => file.read(bytes.bytes)))
    }
  }
  await reads(COST_READS / 10)
  const begin = performance.now()
  await reads(COST_READS)
  const spent = performance.now() - begin
  await engine.stop()
  return (spent * 1e6) / COST_READS
}

const { missed, alarms } = await runCases()
for (const line of [...missed, ...alarms]) console.log(`  ${line}`)
const standings = [...irpool.VERIFIER_RULES.values()].map(({ standing }) => standing)
const count = (standing: irpool.RuleStanding): number =>
  standings.filter((other) => other === standing).length
console.log(
  `rules ${standings.length}: checked ${CHECKED_RULES.length}, impossible ${count('impossible')}, ` +
    `inapplicable ${count('inapplicable')}`,
)
console.log(
  `drivers: bad ${CASES.length}, reported ${CASES.length - missed.length}/${CASES.length}; ` +
    `good ${CASES.length}, false alarms ${alarms.length}`,
)
let shippedAlarms = 0
for (const name of SHIPPED_NAMES) {
  const run = await runShipped(name, { irpool, workload, nativeSim }, Number(options.requests))
  shippedAlarms += run.reports.length
  console.log(
    `shipped ${name}: callbacks ${run.callbacks} calls ${run.calls} false alarms ${run.reports.length}`,
  )
  for (const report of run.reports) console.log(irpool.formatViolation(report))
}
let points = 0
for (const name of Object.keys(SWEPT)) points += await sweepAllocations(name)
console.log(`allocations: injection points ${points}, all clean`)
const off = await costOfRead(false)
const on = await costOfRead(true)
console.log(
  `null read, promise API, 64 at once: off ${off.toFixed(0)} ns, on ${on.toFixed(0)} ns ` +
    `(${(on / off).toFixed(1)} times)`,
)
process.exitCode = missed.length + alarms.length + shippedAlarms === 0 ? 0 : 1
