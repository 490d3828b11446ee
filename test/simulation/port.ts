/**
 * Port: the access port of a simulation, in the place of src/sharedarraybuffer-queue/access. Every shared access of
 * the shipped code comes by here, so a thread can die, or another one can run, between any two of them.
 * Runs on: the simulation's one thread, as whichever actor moves.
 *
 * A thread that has died reaches nothing any more: each further access throws, whatever its code catches.
 * `Atomics.wait` cannot block the one thread there is: it throws `Suspended`, and when the wait is over the same call
 * is made again and told what it was told before (`Recording`), up to its wait, which then returns.
 */

/** The rest of a thread that has died: never seen by anything that goes on. */
export class Killed extends Error {
  constructor() {
    super('this thread has died')
  }
}

/** A thread has come to a wait. */
export class Suspended {
  readonly key: string
  readonly timeoutMs: number

  constructor(key: string, timeoutMs: number) {
    this.key = key
    this.timeoutMs = timeoutMs
  }
}

/** What a thread that is about to wait was told by the accesses before. */
export class Recording {
  readonly results: number[] = []
  /** Undefined while it records; then how the wait ended. */
  woken: boolean | undefined
  #next = 0

  /** The wait is over: the call is made again. */
  replay(woken: boolean): void {
    this.woken = woken
    this.#next = 0
  }

  next(): number {
    return this.results[this.#next++] as number
  }

  get isOver(): boolean {
    return this.#next === this.results.length
  }
}

/** What the port tells the simulation. */
export interface PortHost {
  /** The accesses that were left have been made. Throws Killed when the thread dies here. */
  onLimit(): void
  /** The thread spins. */
  onPause(): void
  /** The thread blocks for a time that it cannot be suspended for. */
  onNap(ms: number): void
  onNotify(key: string): void
  waitOnEventLoop(key: string, wake: () => void): void
}

/** State of the port: one for all, since one actor moves at a time. */
export const port: {
  host: PortHost | undefined
  /** Accesses until the host is asked. */
  left: number
  accesses: number
  recording: Recording | undefined
} = { host: undefined, left: Infinity, accesses: 0, recording: undefined }

const keys = new WeakMap<SharedArrayBuffer, number>()
let nextKey = 1

/** Name of a shared word, the same for each view of it. */
export function keyOf(words: Int32Array, index: number): string {
  const buffer = words.buffer as SharedArrayBuffer
  let key = keys.get(buffer)
  if (key === undefined) {
    key = nextKey++
    keys.set(buffer, key)
  }
  return `${key}:${words.byteOffset / 4 + index}`
}

function step(): void {
  port.accesses++
  if (--port.left < 0) port.host?.onLimit()
}

/** What the access was told before, if this is a call made again; else what it is told now. */
function told(access: () => number): number {
  const { recording } = port
  if (recording === undefined) return access()
  if (recording.woken !== undefined) return recording.next()
  const result = access()
  recording.results.push(result)
  return result
}

export function load(words: Int32Array, index: number): number {
  step()
  if (port.recording !== undefined) return told(() => Atomics.load(words, index))
  return Atomics.load(words, index)
}

export function store(words: Int32Array, index: number, value: number): void {
  step()
  if (port.recording?.woken === undefined) Atomics.store(words, index, value)
}

export function add(words: Int32Array, index: number, value: number): number {
  step()
  return told(() => Atomics.add(words, index, value))
}

export function exchange(words: Int32Array, index: number, value: number): number {
  step()
  return told(() => Atomics.exchange(words, index, value))
}

export function compareExchange(
  words: Int32Array,
  index: number,
  expected: number,
  value: number,
): number {
  step()
  return told(() => Atomics.compareExchange(words, index, expected, value))
}

export function wait(
  words: Int32Array,
  index: number,
  expected: number,
  timeoutMs: number,
): boolean {
  step()
  const { recording } = port
  if (recording?.woken !== undefined) {
    if (!recording.isOver) throw new Error('the call that waited went another way')
    port.recording = undefined
    return recording.woken
  }
  if (Atomics.load(words, index) !== expected) return true
  if (recording !== undefined) throw new Suspended(keyOf(words, index), timeoutMs)
  port.host?.onNap(timeoutMs)
  return false
}

export function waitOnEventLoop(
  words: Int32Array,
  index: number,
  expected: number,
  wake: () => void,
): void {
  step()
  if (Atomics.load(words, index) !== expected) wake()
  else port.host?.waitOnEventLoop(keyOf(words, index), wake)
}

export function notify(words: Int32Array, index: number): void {
  step()
  port.host?.onNotify(keyOf(words, index))
}

export function read(words: Int32Array, index: number): number {
  step()
  return words[index] as number
}

export function write(words: Int32Array, index: number, value: number): void {
  step()
  words[index] = value
}

export function pause(): void {
  port.host?.onPause()
}
