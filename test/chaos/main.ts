/**
 * Chaos: kills workers and hosts at random under full load and prints what the books say:
 * `npm run chaos -- --seconds 600 --seed 7`. Exit code 1 when anything was lost, came twice, or hangs. The seed
 * names the order of the kills; real threads do not repeat themselves.
 * Runs on: a process of its own.
 */
import { parseArgs } from 'node:util'
import { formatLedger } from '../../src/index.js'
import { type ChaosReport, ChaosRun } from './chaos-run.js'
import { median } from './recoveries.js'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '20' }, seed: { type: 'string' } },
})
const seconds = Number(values.seconds)
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
if (!(seconds > 0) || !Number.isInteger(seed)) {
  console.error('usage: npm run chaos -- [--seconds 20] [--seed 7]')
  process.exit(2)
}

const report = await ChaosRun.run(seed, seconds)
const failures = failuresOf(report)
print(report)
for (const failure of failures) console.error(failure)
console.log(failures.length === 0 ? 'chaos: every promise held' : 'chaos: FAILED')
process.exit(failures.length === 0 ? 0 : 1)

function print(chaos: ChaosReport): void {
  const kinds = [...chaos.kills].map(([way, times]) => `${way} ${times}`).join(', ')
  const { toldMs, successorMs, answerMs } = chaos
  console.log(`seed ${seed}, ${seconds} s, ${chaos.kills.size} ways to die: ${kinds}`)
  console.log(
    `workers died ${chaos.deaths} (${chaos.hung} found by the watchdog), ` +
      `channels of killed hosts ${chaos.hostsKilled}, cleaned up ${chaos.hostsCleanedUp}`,
  )
  console.log(
    `reasons: ${[...chaos.reasons].map(([what, times]) => `${what} ${times}`).join(', ')}`,
  )
  console.log(`recovery: ends are told: ${longest(toldMs)}`)
  console.log(`recovery: successor runs: ${longest(successorMs)}; answers: ${longest(answerMs)}`)
  console.log(formatLedger(chaos.ledger))
  console.log(
    `ended twice ${chaos.endedTwice} never ${chaos.neverEnded}, presented ${chaos.presented} ` +
      `(twice ${chaos.presentedTwice}, out of order ${chaos.outOfOrder}, late ${chaos.late}), ` +
      `wrong data ${chaos.wrongData}, stuck ${chaos.stuck}, rescues ${chaos.rescues}`,
  )
}

function longest(times: readonly number[]): string {
  return `longest ${Math.max(0, ...times).toFixed(0)} ms, median ${median(times).toFixed(0)} ms`
}

function failuresOf(chaos: ChaosReport): string[] {
  const { ledger } = chaos
  const mustBeZero = {
    'requests lost': ledger.lost,
    'completions of nothing': ledger.duplicates,
    'requests in flight at the end': ledger.inFlight,
    'accepted less completed': ledger.accepted - ledger.completed,
    'requests that ended twice': chaos.endedTwice,
    'requests that never ended': chaos.neverEnded,
    'requests presented twice': chaos.presentedTwice,
    'requests out of order': chaos.outOfOrder,
    'wrong data': chaos.wrongData,
    'slots, buffers or channels that stayed taken': chaos.stuck,
    'killed hosts that were not cleaned up': chaos.hostsKilled - chaos.hostsCleanedUp,
  }
  return [
    ...Object.entries(mustBeZero)
      .filter(([, count]) => count !== 0)
      .map(([what, count]) => `${what}: ${count}`),
    ...(chaos.presentedTwice + chaos.outOfOrder > 0 ? [`the first: ${chaos.firstMisplaced}`] : []),
    ...chaos.impossible.map(([what, count]) => `impossible end: ${what}, ${count} times`),
    ...chaos.hangs.map((what) => `hangs or lost: ${what}`),
    ...(ledger.workerDied === 0 ? ['no request died with its worker: nothing was tried'] : []),
  ]
}
