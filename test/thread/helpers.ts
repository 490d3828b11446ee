/**
 * What thread tests share: waiting, errors, and a closed loop on the batch API.
 */
import { spawn } from 'node:child_process'
import { expect } from 'vitest'
import type { Channel, ChannelBuffer, IrpFile, Ledger } from '../../src/index.js'
import { IOCTL_HELD } from '../fixtures/drivers/holder.js'
import { packageRoot } from './built.js'

export const PRODUCER_STEP = 2 ** 40

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Waits until `condition` holds; fails after a time that is far beyond what it should take. */
export async function eventually(
  condition: () => boolean,
  what: string,
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await pause(2)
  }
}

/** Rejects when the promise takes longer: a hang should fail its own test, and say what hung. */
export function within<T>(timeoutMs: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`hangs (${timeoutMs} ms): ${what}`)), timeoutMs)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** Runs a module's text in a process of its own, in the package's folder; kills it after `timeoutMs`. */
export async function runScript(
  script: string,
  timeoutMs = 20_000,
): Promise<{ exitCode: number | null; lines: string[] }> {
  const flags = ['--no-warnings', '--input-type=module', '-e', script]
  const child = spawn(process.execPath, flags, {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const killer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve))
  clearTimeout(killer)
  return { exitCode, lines: output.split('\n').filter((line) => line !== '') }
}

export interface CodedError extends Error {
  readonly code?: string
  readonly value?: unknown
  readonly ntstatus?: number
  readonly information?: number
}

/** The error that the action throws or rejects with. Fails if there is none. */
export async function errorOf(action: () => unknown): Promise<CodedError> {
  try {
    await action()
  } catch (error) {
    expect(error).toBeInstanceOf(Error)
    return error as CodedError
  }
  throw new Error('nothing was thrown')
}

/** Waits until the holder driver, or whoever knows its IOCTL_HELD, has that many requests of its own. */
export async function untilHeld(file: IrpFile, count: number): Promise<void> {
  const held = async (): Promise<number> => {
    const output = new Uint8Array(4)
    await file.ioctl(IOCTL_HELD, null, output)
    return new DataView(output.buffer).getInt32(0, true)
  }
  const deadline = performance.now() + 30_000
  for (let now = await held(); now !== count; now = await held()) {
    if (performance.now() > deadline) throw new Error(`the driver holds ${now}, not ${count}`)
    await pause(2)
  }
}

/** What the ledger says when everything accepted has completed, once. */
export const BALANCED = { inFlight: 0, duplicates: 0, lost: 0 }

/** As BALANCED, and the parts add up. */
export function expectBalanced(ledger: Ledger): void {
  const { success, error, cancelled, workerDied } = ledger
  expect(ledger).toMatchObject(BALANCED)
  expect(ledger.completed).toBe(ledger.accepted)
  expect(success + error + cancelled + workerDied).toBe(ledger.completed)
}

/** How often each sequence number completed with each status. */
export class CompletionCount {
  readonly times: Uint8Array
  readonly statuses = new Map<number, number>()
  /** Completions that were not in order of submission. */
  outOfOrder = 0
  total = 0
  #last = -1

  constructor(count: number) {
    this.times = new Uint8Array(count)
  }

  add(sequence: number, status: number): void {
    this.times[sequence] = (this.times[sequence] as number) + 1
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1)
    if (sequence <= this.#last) this.outOfOrder++
    this.#last = sequence
    this.total++
  }

  /** Sequence numbers that completed never, or more than once. */
  get wrong(): number {
    let wrong = 0
    for (const times of this.times) if (times !== 1) wrong++
    return wrong
  }
}

export interface ClosedLoop {
  readonly channel: Channel
  readonly file: IrpFile
  readonly buffer: ChannelBuffer
  readonly count: number
  readonly depth: number
  readonly producer?: number
  readonly completions: CompletionCount
  readonly api?: 'reap' | 'reapBatch'
  /** Called between submitting and reaping, with how many have completed. */
  readonly between?: (completed: number) => void | Promise<void>
}

/** Sends `count` writes with sequence numbers 0, 1, … as offset and context, `depth` of them in flight. */
export async function closedLoop(loop: ClosedLoop): Promise<void> {
  const { channel, file, buffer, count, depth, completions, between } = loop
  const origin = (loop.producer ?? 0) * PRODUCER_STEP
  let next = 0
  const onCompletion = (context: number, status: number): void => completions.add(context, status)
  const onBatch = (batch: Int32Array, length: number): void => {
    for (let i = 0; i < length; i++) {
      completions.add(batch[4 * i] as number, batch[4 * i + 1] as number)
    }
  }
  let rounds = 0
  while (completions.total < count) {
    while (next < count && next - completions.total < depth) {
      const handle = channel.prepareWrite(file, buffer, 8, origin + next, next)
      if (handle < 0) break
      next++
    }
    channel.submit()
    if (between !== undefined) await between(completions.total)
    const reaped =
      loop.api === 'reapBatch'
        ? channel.reapBatch(depth, onBatch)
        : channel.reap(depth, onCompletion)
    if (reaped === 0) await channel.waitAsync(1000)
    // The engine's own business on this thread (a death, an answer) needs the event loop now and then.
    else if ((++rounds & 63) === 0) await new Promise((resolve) => setImmediate(resolve))
  }
}
