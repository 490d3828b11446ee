/**
 * The simulation's command: runs seeds of the whole engine, and prints what they did; a seed that fails is printed
 * with its last events, and runs the same again. Runs on: its own process, one thread.
 *
 *   node build/test/simulation/main.js [--seeds N] [--from SEED] [--seed SEED [--events]] [--mutants] [--json FILE]
 *
 *   --seeds    how many seeds; default 2000
 *   --from     the first of them; default 1
 *   --seed     this one only
 *   --events   print every event of the run
 *   --mutants  let every mutant be caught, too
 *   --push     with --mutants: a third of them, the tier for every push
 *   --only     mutants whose name contains the text
 *   --json     write what was found to a file
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { messageOf } from './kernel.js'
import { mutants, pushedMutants, type SimulationMutant } from './mutants.js'
import { simulate, type SimulationResult } from './simulate.js'
import { loadSource, registerVariants, SHIPPED } from './source.js'
import { Summary } from './summary.js'

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    events: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    push: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
  },
})

/** A mutant that so many seeds do not notice is missed. */
const SEEDS_PER_MUTANT = 500

export interface Caught {
  readonly name: string
  /** Undefined when no seed noticed. */
  readonly seed: number | undefined
  readonly message: string
}

function report({ seed, failure, events }: SimulationResult): void {
  console.log(events.join('\n'))
  if (failure === undefined) console.log(`seed ${seed}: every promise held`)
  else console.log(`seed ${seed}: ${(failure as Error).stack ?? messageOf(failure)}`)
}

async function runSeeds(first: number, count: number): Promise<Summary> {
  const source = await loadSource(SHIPPED)
  const summary = new Summary()
  for (let seed = first; seed < first + count; seed++) {
    const result = await simulate(source, seed, options.events)
    summary.add(result)
    if (result.failure !== undefined || options.events) report(result)
  }
  return summary
}

/** The first seed that notices the mutant. */
async function hunt({ name }: SimulationMutant): Promise<Caught> {
  const source = await loadSource(name)
  for (let seed = 1; seed <= SEEDS_PER_MUTANT; seed++) {
    const { failure } = await simulate(source, seed)
    if (failure !== undefined) return { name, seed, message: messageOf(failure) }
  }
  return { name, seed: undefined, message: `${SEEDS_PER_MUTANT} seeds notice nothing` }
}

const tier = options.push ? pushedMutants : mutants
const hunted = options.mutants ? tier.filter(({ name }) => name.includes(options.only)) : []
registerVariants(Object.fromEntries(hunted.map(({ name, patches }) => [name, patches])))
const before = performance.now()
const isOne = options.seed !== undefined
const summary = await runSeeds(
  Number(options.seed ?? options.from),
  isOne ? 1 : Number(options.seeds),
)
console.log(`${summary.toString()}, in ${((performance.now() - before) / 1000).toFixed(1)} s`)
const caught: Caught[] = []
for (const mutant of hunted) {
  const found = await hunt(mutant)
  caught.push(found)
  const how = found.seed === undefined ? 'MISSED' : `seed ${found.seed}`
  console.log(`mutant "${found.name}": ${how}: ${found.message}`)
}
const missed = caught.filter(({ seed }) => seed === undefined)
if (hunted.length > 0)
  console.log(`mutants caught ${caught.length - missed.length}/${hunted.length}`)
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify({ summary, caught }))
process.exitCode = summary.violations.length + missed.length === 0 ? 0 : 1
