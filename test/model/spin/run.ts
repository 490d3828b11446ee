/**
 * Spin run: checks the Promela models of this folder with Spin, for deadlock and for liveness under weak fairness, and
 * lets it find the fault in each of their mutants. A second opinion: another language, another search, and
 * liveness, which the model checker of the shipped source does not have.
 * Runs on: its own process; Spin and a C compiler in temporary folders.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Model {
  readonly name: string
  readonly claim: string
  readonly mutants: readonly string[]
}

const MODELS: readonly Model[] = [
  { name: 'park-wake', claim: 'arrives', mutants: ['NO_RECHECK', 'RING_FIRST'] },
  { name: 'shutdown', claim: 'all_end', mutants: ['NO_RING', 'NO_TELL'] },
  { name: 'interrupt', claim: 'none_stays', mutants: ['NO_RECHECK', 'UNMASK_LATE'] },
  {
    name: 'power-queue',
    claim: 'all_come_to_their_end',
    mutants: ['NO_REFERENCE', 'UNHOLD_EARLY', 'HOLD_LATE', 'FORGET_KEPT'],
  },
]

const folder = fileURLToPath(new URL('../../../../test/model/spin/', import.meta.url))

interface Result {
  readonly states: number
  readonly errors: number
}

function call(directory: string, command: string, ...parameters: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, parameters, {
    cwd: directory,
    encoding: 'utf8',
  })
  if (error !== undefined) throw error
  if (status !== 0)
    throw new Error(`${command} ${parameters.join(' ')} failed:\n${stdout}${stderr}`)
  return stdout
}

function numberIn(output: string, pattern: RegExp): number {
  const [, digits] = pattern.exec(output) ?? []
  if (digits === undefined) throw new Error(`Spin's answer has no ${String(pattern)}:\n${output}`)
  return Number(digits)
}

/** Searches one variant of a model; without a claim for deadlock only. */
function verify(name: string, define: string | undefined, claim: string | undefined): Result {
  const directory = mkdtempSync(join(tmpdir(), 'irpool-spin-'))
  try {
    const defines = define === undefined ? [] : [`-D${define}`]
    call(directory, 'spin', '-a', ...defines, join(folder, `${name}.pml`))
    const mode = claim === undefined ? ['-DSAFETY', '-DNOCLAIM'] : ['-DNFAIR=3']
    call(directory, 'cc', '-O1', '-w', ...mode, '-o', 'pan', 'pan.c')
    const search = claim === undefined ? [] : ['-a', '-f', '-N', claim]
    const output = call(directory, './pan', '-m1000000', ...search)
    if (output.includes('search depth too small')) throw new Error(`${name} needs a larger -m`)
    return {
      states: numberIn(output, /(\d+) states, stored/),
      errors: numberIn(output, /errors: (\d+)/),
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function isThere(command: string, ...parameters: string[]): boolean {
  return spawnSync(command, parameters).error === undefined
}

function main(): void {
  const missing = [['spin', '-V'] as const, ['cc', '--version'] as const]
    .filter(([command, version]) => !isThere(command, version))
    .map(([command]) => command)
  if (missing.length > 0) {
    console.log(
      `spin: skipped, there is no ${missing.join(' and no ')} (Debian packages spin, gcc)`,
    )
    return
  }
  let [states, errors, claims, caught, mutants] = [0, 0, 0, 0, 0]
  for (const { name, claim, mutants: defines } of MODELS) {
    const safety = verify(name, undefined, undefined)
    const liveness = verify(name, undefined, claim)
    states += safety.states + liveness.states
    errors += safety.errors + liveness.errors
    if (liveness.errors === 0) claims++
    console.log(
      `${name.padEnd(11)} deadlock: ${safety.states} states, ${safety.errors} errors; ` +
        `${claim}: ${liveness.states} states, ${liveness.errors} errors`,
    )
    for (const define of defines) {
      const found = verify(name, define, claim).errors
      mutants++
      if (found > 0) caught++
      console.log(`${name.padEnd(11)} mutant ${define}: ${found > 0 ? 'caught' : 'NOT CAUGHT'}`)
    }
  }
  console.log(
    `spin: models ${MODELS.length}, states ${states}, errors ${errors}, ` +
      `LTL ${claims}/${MODELS.length}, mutant models caught ${caught}/${mutants}`,
  )
  if (errors > 0 || caught < mutants) process.exitCode = 1
}

main()
