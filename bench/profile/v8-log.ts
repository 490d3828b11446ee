/**
 * v8-log.ts: the logs that `node --prof` writes, one per thread: finding them, and what
 * `node --prof-process --preprocess` makes of each.
 *
 * Runs on: the main thread of the command.
 *
 * V8 writes one log per isolate (`--logfile-per-isolate`, its default): the interleaved single log of
 * `--no-logfile-per-isolate` cannot be read by anybody. A log is read by the node that wrote it, since the
 * numbers of VM states and the form of its lines belong to that version of V8.
 */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { copiedBuiltins } from './copied-builtins.js'
import type { BuiltinLookup } from './copied-builtins.js'

/** Microseconds between two ticks; V8's default, passed on to be certain. */
export const TICK_US = 1000

/** What V8 was doing at a tick: `StateTag` of its v8-unwinder.h. */
export const VM_JS = 0
export const VM_GC = 1
export const VM_PARSER = 2
export const VM_BYTECODE_COMPILER = 3
export const VM_COMPILER = 4
export const VM_ATOMICS_WAIT = 7
export const VM_IDLE = 8
/** Writing this very log: a cost of the profiler, not of the program. V8 of Node 20 does not know this state yet. */
export const VM_LOGGING = 9

/** Where a compiled function's machine code comes from. */
export interface CodeSource {
  /** `C<code offset>O<script offset>I<inlined>` and so on, by ascending code offset. */
  readonly positions: string
  /** `F<index into fns>O<script offset of the call>I<inlined caller>` for each inlined function. */
  readonly inlined: string
  /** Indexes into the profile's `functions`. */
  readonly fns: readonly number[]
}

/** A piece of machine code: of a JavaScript function (`func`), of V8 itself, or of the operating system. */
export interface CodeEntry {
  readonly name: string
  readonly type?: 'JS' | 'CODE' | 'CPP' | 'SHARED_LIB'
  readonly kind?: string
  readonly func?: number
  readonly source?: CodeSource
}

export interface Tick {
  /** Since the thread's log began, microseconds. */
  readonly tm: number
  readonly vm: number
  /** The stack, innermost first, in pairs: index into `code` and offset in it, or -1 and an address. */
  readonly s: readonly number[]
}

/** The part of the preprocessed log that a profile is computed from. */
export interface V8Profile {
  readonly code: readonly CodeEntry[]
  readonly functions: readonly { readonly name: string }[]
  readonly ticks: readonly Tick[]
  readonly scripts: readonly ({ readonly url: string } | null)[]
  /** Names builtins that `code` does not have; what it does not know is none. */
  readonly builtinAt?: BuiltinLookup
}

const LOG_NAME = 'v8.log'

/** The words that make node write its logs into `folder`. */
export function profilerArguments(folder: string): string[] {
  return [
    '--prof',
    '--logfile-per-isolate',
    `--prof-sampling-interval=${TICK_US}`,
    `--logfile=${path.join(folder, LOG_NAME)}`,
  ]
}

/** The logs in a folder, one per thread, in no certain order. */
export function findLogs(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith('isolate-') && name.endsWith(`-${LOG_NAME}`))
    .map((name) => path.join(folder, name))
}

/** Reads one log. Rejects with what node said when it could not. */
export async function readLog(file: string): Promise<V8Profile> {
  const child = spawn(process.execPath, ['--prof-process', '--preprocess', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  const [json, complaints, how] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  try {
    const profile = asProfile(JSON.parse(json))
    const builtinAt = copiedBuiltins(readFileSync(file, 'utf8'), unknownAddresses(profile))
    return { ...profile, builtinAt }
  } catch (error) {
    const why = complaints.trim().split('\n').at(-1) ?? ''
    throw new Error(
      `${file}: node --prof-process could not read this log (${how}): ${why || String(error)}`,
      { cause: error },
    )
  }
}

/** Where JavaScript ran at a tick that `code` has no name for. */
function unknownAddresses({ ticks }: V8Profile): number[] {
  return ticks.filter(({ vm, s }) => vm === VM_JS && s[0] === -1).map(({ s }) => s[1]!)
}

function asProfile(value: unknown): V8Profile {
  const { code, functions, ticks, scripts } = (value ?? {}) as Partial<V8Profile>
  if ([code, functions, ticks, scripts].every(Array.isArray)) return value as V8Profile
  throw new TypeError('its output has no code, functions, ticks and scripts')
}
