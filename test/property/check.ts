/**
 * Check: runs a property made of commands and prints what it did. Runs on: the test's own thread.
 *
 *   IRPOOL_PROPERTY_FACTOR  so many times as long (`npm run property`: 20)
 *   IRPOOL_PROPERTY_SEED    seed of the run; else the same at every push, and a new one in longer runs
 *
 * A counterexample is shrunk by fast-check, which prints its seed and path; give them back with
 * IRPOOL_PROPERTY_SEED and IRPOOL_PROPERTY_PATH.
 */
import * as fc from 'fast-check'

const PUSH_SEED = 5
const factor = Number(process.env['IRPOOL_PROPERTY_FACTOR'] ?? 1)
const seed = Number(
  process.env['IRPOOL_PROPERTY_SEED'] ?? (factor === 1 ? PUSH_SEED : Date.now() & 0x7fffffff),
)
const path = process.env['IRPOOL_PROPERTY_PATH']

/** First positions of counters: plain, before zero, before the sign changes. */
export const START = fc.constantFrom(0, -1, -3, 2 ** 31 - 1, 2 ** 31 - 3, 2 ** 30 - 2)

/** One operation on the real thing and its oracle; throws when they disagree. */
export type Command<Bench> = (bench: Bench) => void

/** Runs as many sequences of commands as make `commands` of them at least. Prints the sum. */
export function checkCommands<Shape, Bench>(
  name: string,
  commands: number,
  shape: fc.Arbitrary<Shape>,
  begin: (shape: Shape) => Bench,
  command: fc.Arbitrary<Command<Bench>>,
): number {
  const LENGTH = 200
  let done = 0
  const sequences = fc.array(command, { maxLength: LENGTH, size: 'max' })
  const property = fc.property(shape, sequences, (chosen, sequence) => {
    const bench = begin(chosen)
    for (const run of sequence) {
      run(bench)
      done++
    }
  })
  const numRuns = Math.ceil((commands * factor * 2.5) / LENGTH)
  fc.assert(property, { seed, numRuns, ...(path === undefined ? {} : { path }) })
  console.log(
    `property ${name}: commands ${done}, runs ${numRuns}, counterexamples 0, seed ${seed}`,
  )
  return done
}

/** A command without an argument. */
export function plain<Bench>(run: Command<Bench>): fc.Arbitrary<Command<Bench>> {
  return fc.constant(named((bench: Bench) => run(bench), `${run.name}()`))
}

/** The command with a text for counterexamples. */
function named<Bench>(command: Command<Bench>, text: string): Command<Bench> {
  return Object.assign(command, { [fc.toStringMethod]: () => text })
}

/** A command with a drawn argument. */
export function drawn<Argument, Bench>(
  argument: fc.Arbitrary<Argument>,
  run: (bench: Bench, argument: Argument) => void,
): fc.Arbitrary<Command<Bench>> {
  return argument.map((value) => {
    const command = (bench: Bench): void => run(bench, value)
    return named(command, `${run.name}(${JSON.stringify(value)})`)
  })
}
