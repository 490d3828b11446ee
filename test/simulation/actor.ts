/**
 * Actor: a thread of the simulation: an event loop with timers, immediates, messages and wake-ups, of which the
 * kernel runs one task at a time. Subclasses have more to do than their event loop, or block it.
 * Runs on: the simulation's one thread.
 */
import type { Kernel } from './kernel.js'

/** What setTimeout and setInterval give. */
export class SimulatedTimer {
  readonly run: () => void
  readonly periodMs: number
  dueMs: number

  constructor(run: () => void, dueMs: number, periodMs: number) {
    this.run = run
    this.dueMs = dueMs
    this.periodMs = periodMs
  }

  unref(): this {
    return this
  }

  ref(): this {
    return this
  }
}

interface Message {
  readonly atMs: number
  readonly run: () => void
}

export class Actor {
  readonly name: string
  readonly kernel: Kernel
  isDead = false
  readonly timers = new Set<SimulatedTimer>()
  readonly #immediates: (() => void)[] = []
  readonly #wakes: (() => void)[] = []
  /** Messages of each port, in order. */
  readonly #mail = new Map<string, Message[]>()

  constructor(kernel: Kernel, name: string) {
    this.kernel = kernel
    this.name = name
    kernel.actors.push(this)
  }

  /** When it can make its next step: any time up to now, or later; Infinity: not before somebody does something. */
  get nextMs(): number {
    return this.nextTaskMs
  }

  /** Makes one step. */
  step(): void {
    this.runTask()
  }

  /** Something that another thread sees it do between two accesses of its own; false: nothing now. */
  stepInside(): boolean {
    return false
  }

  /** Its code threw, and nobody caught it. */
  threw(error: unknown): void {
    this.kernel.fail(error)
  }

  /** Everything that it still had to do is forgotten. */
  forget(): void {
    this.isDead = true
    this.timers.clear()
    this.#immediates.length = 0
    this.#wakes.length = 0
    this.#mail.clear()
  }

  addTimer(run: () => void, ms: number, isPeriodic: boolean): SimulatedTimer {
    const delayMs = ms >= 1 ? ms : 1
    const timer = new SimulatedTimer(run, this.kernel.nowMs + delayMs, isPeriodic ? delayMs : 0)
    if (!this.isDead) this.timers.add(timer)
    return timer
  }

  addImmediate(run: () => void): void {
    if (!this.isDead) this.#immediates.push(run)
  }

  /** A wake-up from Atomics.waitAsync. */
  addWake(run: () => void): void {
    if (!this.isDead) this.#wakes.push(run)
  }

  /** A message on one of its ports arrives in `delayMs`, behind those sent before. */
  post(portName: string, delayMs: number, run: () => void): void {
    if (this.isDead) return
    const queue = this.#mail.get(portName) ?? []
    this.#mail.set(portName, queue)
    const earliest = queue.at(-1)?.atMs ?? 0
    queue.push({ atMs: Math.max(earliest, this.kernel.nowMs + delayMs), run })
  }

  /** When its event loop has something to do. */
  protected get nextTaskMs(): number {
    if (this.#immediates.length > 0 || this.#wakes.length > 0) return 0
    let next = Infinity
    for (const [first] of this.#mail.values()) {
      if (first !== undefined && first.atMs < next) next = first.atMs
    }
    for (const { dueMs } of this.timers) if (dueMs < next) next = dueMs
    return next
  }

  /** Runs one task of its event loop, of those that are due any. */
  protected runTask(): void {
    const { kernel } = this
    const due: (() => void)[] = []
    if (this.#wakes.length > 0) due.push(this.#wakes[0] as () => void)
    if (this.#immediates.length > 0) due.push(this.#immediates[0] as () => void)
    for (const queue of this.#mail.values()) {
      const [first] = queue
      if (first !== undefined && first.atMs <= kernel.nowMs) due.push(first.run)
    }
    const timer = this.#dueTimer()
    if (timer !== undefined) due.push(timer.run)
    if (due.length === 0) return
    const task = kernel.pick(due)
    this.#take(task, timer)
    task()
  }

  #dueTimer(): SimulatedTimer | undefined {
    let first: SimulatedTimer | undefined
    for (const timer of this.timers) {
      if (timer.dueMs <= this.kernel.nowMs && (first === undefined || timer.dueMs < first.dueMs)) {
        first = timer
      }
    }
    return first
  }

  #take(task: () => void, timer: SimulatedTimer | undefined): void {
    if (task === this.#wakes[0]) this.#wakes.shift()
    else if (task === this.#immediates[0]) this.#immediates.shift()
    else if (task === timer?.run) this.#fired(timer)
    else this.#takeMessage(task)
  }

  #takeMessage(task: () => void): void {
    for (const [portName, queue] of this.#mail) {
      if (queue[0]?.run !== task) continue
      queue.shift()
      if (queue.length === 0) this.#mail.delete(portName)
      return
    }
  }

  #fired(timer: SimulatedTimer): void {
    if (timer.periodMs > 0) timer.dueMs = this.kernel.nowMs + timer.periodMs
    else this.timers.delete(timer)
  }
}
