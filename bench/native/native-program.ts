/**
 * native-program.ts: the C++ twins as a program: compiled when first asked for, with what compiler the machine
 * has, and run for one measurement.
 *
 * Runs on: the main thread of a child process.
 *
 * The program lies beside this module in the build folder; its name has a fingerprint of sources, compiler and
 * flags, so that a change of one of them compiles anew and an old program is never taken for a new one. It is
 * written under another name first: two processes that compile at once do no harm to each other.
 */
import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Measurement, Skipped } from '../scenario.js'

const run = promisify(execFile)

const FLAGS = ['-std=c++17', '-O3', '-march=native', '-pthread']
const COMPILERS = ['c++', 'g++', 'clang++']
const COMPILE_LIMIT_MS = 60_000
const RUN_GRACE_MS = 10_000

const FOLDER = path.dirname(fileURLToPath(import.meta.url))
/** Of the package, wherever it is installed. */
const SOURCES = path.join(
  path.dirname(createRequire(import.meta.url).resolve('irpool/package.json')),
  'bench/native',
)

export interface NativeCompiler {
  readonly command: string
  readonly version: string
}

/** CXX if it is set, else the usual names; undefined when none of them answers. */
export function findCompiler(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): NativeCompiler | undefined {
  const named = environment['CXX'] ?? ''
  for (const command of named === '' ? COMPILERS : [named]) {
    try {
      const version = execFileSync(command, ['--version'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).split('\n')[0]!
      return { command, version }
    } catch {
      // The next one, then.
    }
  }
  return undefined
}

/** Path of the program; compiles it if need be. Answers why not when that cannot be done. */
export async function nativeProgram(
  compiler: NativeCompiler | undefined,
  folder: string = FOLDER,
): Promise<string | Skipped> {
  if (compiler === undefined) return { skipped: 'needs a C++17 compiler (c++, or the one in CXX)' }
  if (!existsSync(SOURCES)) return { skipped: `the sources of the C++ twins are not at ${SOURCES}` }
  const sources = readdirSync(SOURCES).filter((file) => /\.[ch]pp$/.test(file))
  const program = path.join(folder, `irpool-native-${fingerprint(sources, compiler)}`)
  if (existsSync(program)) return program
  try {
    accessSync(folder, constants.W_OK)
  } catch {
    return { skipped: `would be compiled into ${folder}, which this user may not write` }
  }
  const units = sources.filter((file) => file.endsWith('.cpp'))
  const draft = `${program}.${process.pid}`
  try {
    const limits = { cwd: SOURCES, timeout: COMPILE_LIMIT_MS }
    await run(compiler.command, [...FLAGS, '-o', draft, ...units], limits)
    renameSync(draft, program)
    return program
  } catch (error) {
    return { skipped: `${compiler.command} failed: ${firstLines(error)}` }
  }
}

/** Runs one twin. Rejects when the program fails: it is there, so it has to work. */
export async function runNative(
  twin: string,
  options: Readonly<Record<string, number>>,
): Promise<Measurement | Skipped> {
  const compiler = findCompiler()
  const program = await nativeProgram(compiler)
  if (typeof program !== 'string') return program
  const argv = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`])
  const sum = Object.values(options).reduce((total, value) => total + value, RUN_GRACE_MS)
  const { stdout } = await run(program, [twin, ...argv], { timeout: sum })
  const measurement: Measurement = JSON.parse(stdout)
  return { ...measurement, notes: { compiler: compiler!.version, flags: FLAGS.join(' ') } }
}

function fingerprint(sources: readonly string[], { command, version }: NativeCompiler): string {
  const hash = createHash('sha256').update([command, version, ...FLAGS].join('\n'))
  for (const file of sources) hash.update(file).update(readFileSync(path.join(SOURCES, file)))
  return hash.digest('hex').slice(0, 16)
}

function firstLines(error: unknown): string {
  const { stderr = '', message = String(error) } = error as { stderr?: string; message?: string }
  return (stderr === '' ? message : stderr).split('\n').slice(0, 3).join(' ').slice(0, 300)
}
