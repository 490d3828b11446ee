/**
 * The acceptance cases E1 to E9: `npm run acceptance`. Runs the tests of each and prints how many checks held.
 * Runs on: a process of its own; exits with 1 when a check does not hold, or a case has none.
 */
import { runVitest } from '../harness/vitest-report.js'

interface Case {
  readonly name: string
  readonly what: string
  readonly files: readonly string[]
}

const PNP = 'test/src/framework/pnp'
const CASES: readonly Case[] = [
  {
    name: 'E1',
    what: 'echo: 100 writes and 100 reads, exactly once, pattern checked',
    files: ['test/thread/e1-echo.test.ts'],
  },
  {
    name: 'E2',
    what: 'the invariants of queues under a seeded scheduler',
    files: ['test/conformance/3.5-schedules.test.ts'],
  },
  {
    name: 'E3',
    what: 'every edge of the tables, dropped events, entry results, random lives',
    files: ['pnp-table', 'power-table', 'entry-results', 'pnp-random'].map(
      (file) => `${PNP}/${file}.test.ts`,
    ),
  },
  {
    name: 'E4',
    what: 'callback traces of 6.1 to 6.4, each callback failing',
    files: [
      'pnp-entries',
      'power-entries',
      'power-down-entries',
      'self-managed-io',
      'device-hardware',
      'pnp-scenarios',
    ].map((file) => `${PNP}/${file}.test.ts`),
  },
  {
    name: 'E5',
    what: 'every status of the tables',
    files: ['test/conformance/E5-every-status.test.ts'],
  },
  {
    name: 'E6',
    what: 'interrupts recorded = consumed by DPCs, 4,000 seeds and every pair of intrusions',
    files: ['test/src/dispatch/interrupt-interleavings.test.ts'],
  },
  {
    name: 'E7',
    what: 'a cancel at every step of an IRP',
    files: ['test/conformance/E7-cancel-at-every-step.test.ts'],
  },
  {
    name: 'E8',
    what: 'each misuse is found, once',
    files: ['test/conformance/8.3-misuse.test.ts'],
  },
  {
    name: 'E9',
    what: 'object trees: cleanup before destroy',
    files: ['test/conformance/E9-object-trees.test.ts'],
  },
]

const { testResults } = runVitest(CASES.flatMap(({ files }) => files))
let wrong = 0
for (const { name, what, files } of CASES) {
  const own = testResults.filter((result) => files.some((file) => result.name.endsWith(file)))
  const assertions = own.flatMap(({ assertionResults }) => assertionResults)
  const failed = assertions.filter(({ status }) => status === 'failed')
  const held = assertions.filter(({ status }) => status === 'passed').length
  const missing = files.length - own.filter((result) => result.assertionResults.length > 0).length
  if (failed.length + missing > 0 || held === 0) wrong++
  const problems = [
    failed.length === 0 ? '' : `, ${failed.length} DO NOT HOLD`,
    missing === 0 ? '' : `, ${missing} OF ${files.length} FILES HAVE NO CHECKS`,
  ]
  console.log(`${name}  ${String(held).padStart(4)} checks hold${problems.join('')}  ${what}`)
  for (const { fullName, failureMessages } of failed) {
    console.error(`    not held: ${fullName}\n${failureMessages.join('\n')}`)
  }
}
process.exitCode = wrong === 0 ? 0 : 1
