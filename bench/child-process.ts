/**
 * child-process.ts: runs one scenario in a process of its own and brings its answer back.
 *
 * Runs on: the orchestrator's main thread.
 *
 * A process each, so that no variant meets the type feedback, the heap or the threads of another. The
 * answer is one JSON line on file descriptor 3; what the child prints is kept only to explain a failure.
 * `process.execArgv` is passed on, so `node --prof … bench` profiles every child.
 */
import { spawn } from 'node:child_process'
import { Readable } from 'node:stream'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Measurement, ScenarioOptions } from './scenario.js'
import type { Workload } from './workload/workload.js'

export interface ChildRequest {
  readonly name: string
  readonly durationMs: number
  readonly warmupMs: number
  readonly options: ScenarioOptions
  /** What a scenario of the command line's runs: the child cannot know it by its name. */
  readonly workload?: Workload
}

export type ChildOutcome =
  | { readonly kind: 'measured'; readonly measurement: Measurement }
  | { readonly kind: 'skipped'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'interrupted' }

/** Runs one child to its end; never rejects. Aborting the signal kills the child. */
export type RunChild = (request: ChildRequest, signal: AbortSignal) => Promise<ChildOutcome>

/** What a child writes to its JSON descriptor. */
export type ChildMessage =
  | { readonly measurement: Measurement }
  | { readonly skipped: string }
  | { readonly failed: string }

const JSON_DESCRIPTOR = 3
/** Beyond warm-up and window: start, drain and verification. Only a hung scenario needs it. */
const GRACE_MS = 30_000
/** Two milliseconds bring up and take down a device where there are tens of thousands of them. */
const GRACE_PER_DEVICE_MS = 5
const KEPT_OUTPUT_CHARACTERS = 2000

/** What else a child is started with than this build's own child.js and this process's options of node. */
export interface ChildPlace {
  readonly script?: string
  readonly execArgv?: readonly string[]
}

/** A RunChild over bench/child.js; `scenariosUrl` replaces the list of scenarios (for tests). */
export function childRunner(scenariosUrl?: string, place: ChildPlace = {}): RunChild {
  const { script = fileURLToPath(new URL('./child.js', import.meta.url)) } = place
  const { execArgv = process.execArgv } = place
  return async (request, signal) => {
    if (signal.aborted) return { kind: 'interrupted' }
    const child = spawn(
      process.execPath,
      [...execArgv, script, ...childArguments(request, scenariosUrl)],
      { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] },
    )
    const answer = collectText(child.stdio[JSON_DESCRIPTOR], Infinity)
    const printed = collectText(child.stdout, KEPT_OUTPUT_CHARACTERS)
    const complained = collectText(child.stderr, KEPT_OUTPUT_CHARACTERS)
    let overdue = false
    const graceMs = GRACE_MS + (request.workload?.devices ?? 0) * GRACE_PER_DEVICE_MS
    const limitMs = request.warmupMs + request.durationMs + graceMs
    const timer = setTimeout(() => {
      overdue = true
      child.kill('SIGKILL')
    }, limitMs)
    const kill = () => child.kill('SIGKILL')
    signal.addEventListener('abort', kill, { once: true })
    const ended = await new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(`could not be started: ${error.message}`))
      child.once('close', (code, killedBy) => resolve(killedBy ?? `exit code ${code}`))
    })
    clearTimeout(timer)
    signal.removeEventListener('abort', kill)
    // Ctrl-C reaches the whole process group: the child may be gone before this process hears of it.
    if (signal.aborted || ended === 'SIGINT') return { kind: 'interrupted' }
    if (overdue) return { kind: 'failed', why: `did not end within ${limitMs / 1000} s` }
    return readAnswer(answer.text(), `${ended} ${complained.text() || printed.text()}`.trim())
  }
}

function childArguments(request: ChildRequest, scenariosUrl: string | undefined): string[] {
  const { name, durationMs, warmupMs, options, workload } = request
  const argv = [name, '--duration-ms', `${durationMs}`, '--warmup-ms', `${warmupMs}`]
  argv.push('--json-fd', `${JSON_DESCRIPTOR}`, '--workers', `${options.workers}`)
  if (options.quick) argv.push('--quick')
  if (options.trace !== undefined) argv.push('--trace', options.trace)
  if (workload !== undefined) argv.push('--workload', JSON.stringify(workload))
  if (scenariosUrl !== undefined) argv.push('--scenarios', scenariosUrl)
  return argv
}

/** As read, before it is known to be what it should be. */
type AnyMessage = Partial<Record<'measurement' | 'skipped' | 'failed', unknown>>

/** Turns the child's JSON line into an outcome; `otherwise` explains its absence. */
export function readAnswer(line: string, otherwise: string): ChildOutcome {
  let message: AnyMessage
  try {
    message = JSON.parse(line)
  } catch {
    return { kind: 'failed', why: `no measurement came back: ${otherwise}` }
  }
  const { measurement, skipped, failed } = message
  if (typeof skipped === 'string') return { kind: 'skipped', why: skipped }
  if (typeof failed === 'string') return { kind: 'failed', why: failed }
  if (isMeasurement(measurement)) return { kind: 'measured', measurement }
  return { kind: 'failed', why: `not a measurement: ${line.slice(0, 200)}` }
}

function isMeasurement(value: unknown): value is Measurement {
  const { operations, seconds, cpuSeconds, checksumOk } = (value ?? {}) as Partial<Measurement>
  return (
    Number.isFinite(operations) &&
    Number.isFinite(seconds) &&
    seconds! > 0 &&
    Number.isFinite(cpuSeconds) &&
    typeof checksumOk === 'boolean'
  )
}

/** Keeps the end of what a pipe of the child's carries. */
function collectText(
  stream: Readable | Writable | null | undefined,
  keptCharacters: number,
): { text(): string } {
  let text = ''
  if (!(stream instanceof Readable))
    throw new TypeError('a pipe of the child process cannot be read')
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    text = (text + chunk).slice(-keptCharacters)
  })
  return { text: () => text.trim() }
}
