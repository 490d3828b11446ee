/**
 * Wait lock (WDFWAITLOCK): for longer stretches, with a time-out, and for handlers that await something while
 * they hold it. Protocol, and what a death leaves behind: owner-word.
 * Runs on: any worker that has a part of the device.
 *
 * The owner is the worker. Handlers that wait asynchronously on one worker stand in a line here, first come
 * first served, and only its head contends with other workers; so a release wakes one thread's head, not
 * each of its handlers. At most one wait on the event loop is pending a lock: it cannot be cancelled, and it
 * serves whoever is first when it ends. A referenced timer beside it keeps the event loop alive and looks
 * whether the owner has died.
 *
 * Differs from KMDF: a handler that holds it across an `await` is not told apart from another handler of its
 * worker. `acquire` refuses both (it would block the very thread that must release); `acquireAsync` queues
 * both, so acquiring twice in one handler waits for ever, or for its time-out.
 */
import { LOCK_FREE } from '../abi/lock-layout.js'
import { STATUS_INVALID_PARAMETER, STATUS_SUCCESS, STATUS_TIMEOUT } from '../abi/ntstatus.js'
import { MAX_TIMER_MS } from '../abi/timer-limit.js'
import { waitOnEventLoop } from '../sharedarraybuffer-queue/access.js'
import { WdfStatusError } from './errors.js'
import { OwnedLock, type LockOptions } from './owned-lock.js'
import { RECHECK_MS, TOOK } from './owner-word.js'

/** What it guards takes long: looking again seldom helps. */
const SPINS = 32

/** A handler that waits its turn. */
interface Turn {
  readonly resolve: (status: number) => void
  timer: NodeJS.Timeout | undefined
}

export class WaitLock extends OwnedLock {
  readonly kind = 'passive'
  readonly #line: Turn[] = []
  #recheck: NodeJS.Timeout | undefined
  /** A wait on the event loop has not ended. */
  #isWaiting = false
  #isContending = false

  /** WdfWaitLockCreate. */
  constructor(options: LockOptions = {}) {
    super(options, 'wait lock', SPINS)
    this.keepTo(options.party?.order)
  }

  /**
   * WdfWaitLockAcquire. Blocks this thread, event loop included, for at most `timeoutMs` milliseconds
   * (default: without limit; 0: not at all).
   * @returns STATUS_SUCCESS, or STATUS_TIMEOUT when it is not held.
   * @throws WdfViolation WDF_RECURSIVE_LOCK when this worker holds it.
   * @throws WdfStatusError STATUS_INVALID_PARAMETER for a time that is none.
   */
  acquire(timeoutMs = Infinity): number {
    checkTimeout(timeoutMs)
    const outcome = this.word.take(timeoutMs)
    return outcome === TOOK || this.settle(outcome, true) ? STATUS_SUCCESS : STATUS_TIMEOUT
  }

  /** `acquire` for asynchronous handlers: the event loop goes on meanwhile. */
  acquireAsync(timeoutMs = Infinity): Promise<number> {
    checkTimeout(timeoutMs)
    if (this.#line.length === 0 && this.tryTake()) return Promise.resolve(STATUS_SUCCESS)
    if (timeoutMs === 0) return Promise.resolve(STATUS_TIMEOUT)
    return new Promise((resolve) => {
      const turn: Turn = { resolve, timer: undefined }
      this.#line.push(turn)
      if (timeoutMs <= MAX_TIMER_MS) turn.timer = setTimeout(() => this.#leave(turn), timeoutMs)
      if (this.#line.length === 1) this.#contend()
    })
  }

  /** `hold` for asynchronous handlers: `using held = await lock.holdAsync()`. */
  async holdAsync(): Promise<Disposable> {
    await this.acquireAsync()
    return this
  }

  /** Runs `action` while holding the lock, until the promise that it returns has settled. */
  async runAsync<T>(action: () => T | PromiseLike<T>): Promise<T> {
    await this.acquireAsync()
    try {
      return await action()
    } finally {
      this.release()
    }
  }

  /** Takes the lock for the head of the line, or waits for it on the event loop. */
  #contend(): void {
    if (this.#isContending) return
    this.#isContending = true
    clearTimeout(this.#recheck)
    while (this.#line.length > 0) {
      if (this.tryTake()) this.#serveHead()
      else if (this.#waitForRelease()) break
    }
    this.#isContending = false
  }

  #serveHead(): void {
    const head = this.#line.shift()
    clearTimeout(head?.timer)
    head?.resolve(STATUS_SUCCESS)
  }

  /** False: it has just been released. */
  #waitForRelease(): boolean {
    const contended = this.word.announceSleeper()
    if (contended === LOCK_FREE) return false
    if (!this.#isWaiting) {
      this.#isWaiting = true
      waitOnEventLoop(this.word.words, this.word.index, contended, () => {
        this.#isWaiting = false
        this.#contend()
      })
    }
    // It may have ended at once.
    if (this.#isWaiting) this.#recheck = setTimeout(() => this.#contend(), RECHECK_MS)
    return this.#isWaiting
  }

  #leave(turn: Turn): void {
    this.#line.splice(this.#line.indexOf(turn), 1)
    if (this.#line.length === 0) clearTimeout(this.#recheck)
    turn.resolve(STATUS_TIMEOUT)
  }
}

function checkTimeout(timeoutMs: number): void {
  if (timeoutMs >= 0) return
  throw new WdfStatusError(
    STATUS_INVALID_PARAMETER,
    `a time-out is a number of milliseconds from 0 up, or Infinity for none: ${timeoutMs} is not`,
    timeoutMs,
  )
}
