/**
 * The power storms' command: `npm run power-storm -- --count 1000`. Suspend and resume, and surprise removal, that
 * many times each, of a driver that owns requests, and of the edu and NVMe pairs with their hardware in the loop.
 * Runs on: a process of its own. `--only TEXT`: storms whose name contains it.
 */
import { parseArgs } from 'node:util'
import { faultsOf, runPowerStorm, type StormDevice, type StormKind } from './storm.js'

const { values } = parseArgs({
  options: { count: { type: 'string', default: '1000' }, only: { type: 'string', default: '' } },
})
const rounds = Number(values.count)
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`--count ${values.count} is not a whole number from 1`)
  process.exit(2)
}
const KINDS: readonly StormKind[] = ['suspend', 'surpriseRemove']
const DEVICES: readonly StormDevice[] = ['keeper', 'edu', 'nvme']

let failures = 0
for (const kind of KINDS) {
  for (const device of DEVICES) {
    const name = `${kind} ${device}`
    if (!name.includes(values.only)) continue
    const report = await runPowerStorm({ device, kind, rounds })
    const faults = faultsOf(report, { kind })
    if (faults.length > 0) failures++
    const { accepted, completed } = report.ledger
    const statuses = Object.entries(report.statuses).map(([status, count]) => `${status} ${count}`)
    console.log(
      `${name} × ${rounds}: ${accepted} requests accepted, ${completed} ended (${statuses.join(', ')}); ` +
        `${report.callbacks} callbacks, ${report.d0Entries} D0 entries, ${report.brokenCount} out of order; ` +
        `${report.presented} presented, ${report.presentedOutsideD0} outside D0 (${report.seconds.toFixed(1)} s)`,
    )
    for (const fault of faults) console.error(`  WRONG: ${fault}`)
  }
}
process.exitCode = failures === 0 ? 0 : 1
