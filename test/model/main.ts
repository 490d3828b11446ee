/**
 * The model checker's command: searches all scenarios on the shipped source, then lets every mutant be caught.
 * Runs on: its own process, one thread.
 *
 *   node build/test/model/main.js [--push] [--update] [--only TEXT] [--json FILE]
 *
 *   --push     the tier for every push: large scenarios from one start only, the largest not at all
 *   --update   writes the figures of the searches to test/model/expected.json
 *   --only     scenarios and mutants whose name contains the text
 *   --json     writes what was found to a file
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Random } from '../../native-sim/random.js'
import { audit } from './engine/audit.js'
import { explore, type Verdict } from './engine/explorer.js'
import type { Fault, Scenario } from './engine/scenario.js'
import { difference, type Expected, figuresOf, readExpected, writeExpected } from './ledger.js'
import type { Mutant } from './mutants/mutant.js'
import { mutants } from './mutants/index.js'
import { scenarios } from './scenarios/index.js'
import { loadSource, registerVariants, SHIPPED, type Source } from './shipped.js'

const { values: options } = parseArgs({
  options: {
    push: { type: 'boolean', default: false },
    update: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
  },
})

const AUDIT_WALKS = 10
const AUDIT_SEED = 5
/** A mutant whose search grows so far beyond that of the shipped source does not come to an end. */
const SPARE_FACTOR = 3
const SPARE_STATES = 20_000

export interface Searched {
  readonly name: string
  readonly starts: number
  readonly verdict: Verdict
  readonly problem: string | undefined
  readonly seconds: number
}

export interface Caught {
  readonly name: string
  readonly scenario: string
  readonly isCaught: boolean
  /** Why not. */
  readonly problem?: string
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0)

function countText(count: number): string {
  return count < 1e6 ? String(count) : count.toExponential(2).replace('e+', 'e')
}

/** Searches a scenario from its starts; the worst verdict, with the figures of all starts added up. */
function search(
  scenario: Scenario<Source>,
  source: Source,
  expected: Expected,
  found: Expected,
): Searched {
  const before = performance.now()
  const starts = options.push ? (scenario.pushStarts ?? scenario.starts) : scenario.starts
  const verdicts: Verdict[] = []
  let problem: string | undefined
  for (const start of starts) {
    const verdict = explore(scenario, source, start)
    verdicts.push(verdict)
    const key = `${scenario.name} from ${start}`
    found[key] = figuresOf(verdict)
    if (verdict.fault !== undefined)
      problem ??= `from ${start}: ${verdict.fault}: ${verdict.message}`
    else if (!options.update) problem ??= difference(expected[key], figuresOf(verdict))
  }
  const worst = verdicts.find(({ fault }) => fault !== undefined)
  const verdict: Verdict = {
    ...(worst ?? (verdicts[0] as Verdict)),
    states: sum(verdicts.map(({ states }) => states)),
    transitions: sum(verdicts.map(({ transitions }) => transitions)),
    interleavings: sum(verdicts.map(({ interleavings }) => interleavings)),
    ends: sum(verdicts.map(({ ends }) => ends)),
    replays: sum(verdicts.map(({ replays }) => replays)),
  }
  const seconds = (performance.now() - before) / 1000
  return { name: scenario.name, starts: starts.length, verdict, problem, seconds }
}

/** Lets the mutant's scenario find it, from one start after the other. */
async function hunt(mutant: Mutant, expected: Expected): Promise<Caught> {
  const { name, scenario: wanted, fault } = mutant
  const missed = (problem: string): Caught => ({ name, scenario: wanted, isCaught: false, problem })
  const scenario = scenarios.find((candidate) => candidate.name === wanted)
  if (scenario === undefined) return missed(`no scenario "${wanted}"`)
  const source = await loadSource(name)
  const faults: Fault[] = []
  const known = scenario.starts.map((start) => expected[`${wanted} from ${start}`]?.states ?? 0)
  const limit = SPARE_STATES + SPARE_FACTOR * Math.max(...known)
  for (const start of scenario.starts) {
    const verdict = explore(scenario, source, start, limit)
    if (verdict.fault === undefined) continue
    if (verdict.fault === fault) return { name, scenario: wanted, isCaught: true }
    faults.push(verdict.fault)
  }
  if (faults.length === 0) return missed('is not caught')
  return missed(`is caught as ${faults.join(', ')}, not as ${fault}`)
}

function printSearched({ name, starts, verdict, problem, seconds }: Searched): void {
  const { states, transitions, interleavings, ends, replays } = verdict
  console.log(
    `${name.padEnd(38)} ${starts} starts  interleavings ${countText(interleavings).padStart(8)}  ` +
      `states ${String(states).padStart(7)}  transitions ${String(transitions).padStart(8)}  ` +
      `ends ${String(ends).padStart(5)}  replays ${String(replays).padStart(6)}  ${seconds.toFixed(1)} s`,
  )
  if (problem === undefined) return
  console.log(`  ${problem}`)
  for (const move of verdict.trace ?? []) console.log(`    ${move}`)
}

const wanted = scenarios.filter(
  ({ name, pushStarts }) =>
    name.includes(options.only) && !(options.push && pushStarts?.length === 0),
)
const hunted = mutants.filter(({ name }) => name.includes(options.only))
const variants = Object.fromEntries(mutants.map(({ name, patches }) => [name, patches]))
registerVariants({ [SHIPPED]: [], ...variants })

const source = await loadSource(SHIPPED)
const expected = readExpected()
const found: Expected = {}
const searched: Searched[] = []
for (const scenario of wanted) {
  const result = search(scenario, source, expected, found)
  printSearched(result)
  searched.push(result)
}
const random = new Random(AUDIT_SEED)
const audited = sum(
  wanted.map((scenario) => audit(scenario, source, scenario.starts[0] ?? 0, AUDIT_WALKS, random)),
)
console.log(`audited ${audited} moves of random walks`)
const caught: Caught[] = []
for (const mutant of hunted) {
  const result = await hunt(mutant, options.update ? found : expected)
  caught.push(result)
  console.log(
    `mutant ${result.name.padEnd(42)} ${result.problem ?? `caught by "${result.scenario}"`}`,
  )
}

if (options.update) {
  const keys = new Set(
    scenarios.flatMap(({ name, starts }) => starts.map((start) => `${name} from ${start}`)),
  )
  const kept = Object.entries(expected).filter(([key]) => keys.has(key))
  writeExpected({ ...Object.fromEntries(kept), ...found })
}
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify({ searched, caught }))

const verdicts = searched.map(({ verdict }) => verdict)
const faulty = (...faults: Fault[]): number =>
  verdicts.filter(({ fault }) => fault !== undefined && faults.includes(fault)).length
const missed = caught.filter(({ isCaught }) => !isCaught).length
const changed = searched.filter(({ problem }) => problem !== undefined).length
console.log(
  `\nmodel: scenarios ${searched.length} starts ${sum(searched.map(({ starts }) => starts))} ` +
    `interleavings ${countText(sum(verdicts.map(({ interleavings }) => interleavings)))} ` +
    `states ${sum(verdicts.map(({ states }) => states))} ` +
    `transitions ${sum(verdicts.map(({ transitions }) => transitions))} | ` +
    `races ${faulty('race')} | lost wake-ups ${faulty('lost wake-up')} | ` +
    `duplicates ${faulty('duplicate')} | lost ${faulty('lost')} | ` +
    `other faults ${faulty('order', 'content', 'leak', 'stuck', 'livelock', 'exception')} | ` +
    `scenarios with a problem ${changed}`,
)
console.log(`mutants caught ${caught.length - missed}/${caught.length}`)
if (changed > 0 || missed > 0) process.exitCode = 1
