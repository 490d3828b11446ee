/**
 * Worker pool: starts Framework workers, notices their deaths, talks to them. What a thread is, it leaves to its
 * `threads`. Runs on: main.
 */
import {
  WORKER_CONTROL,
  WORKER_DOORBELL,
  WORKER_INCARNATION,
  WORKER_STOP,
  workerBlockWord,
} from '../abi/engine-layout.js'
import type { VerifierSettings } from '../irp/violation-report.js'
import { RECORDER_BYTES } from '../abi/recorder-layout.js'
import { add, load, store } from '../sharedarraybuffer-queue/access.js'
import { Ringer } from '../sharedarraybuffer-queue/doorbell.js'
import type { IdleStrategyName } from '../sharedarraybuffer-queue/idle-strategy.js'
import { within } from './within.js'
import { WorkerLostError } from './worker-lost.js'
import type { WorkerEvent } from './control-plane.js'
import type { RemoteControl, WorkerThreads } from './worker-threads.js'

export interface WorkerPoolOptions {
  readonly workers: number
  readonly threads: WorkerThreads
  readonly engine: SharedArrayBuffer
  readonly waitStrategy: IdleStrategyName
  readonly spins: number
  /** A thread has ended without being told to; its memory is quiet now. */
  readonly onDeath: (worker: number, reason: Error) => void
  /** Interrupt block of each worker; it outlives the worker. */
  readonly interrupts: readonly SharedArrayBuffer[]
  readonly stateEvents: boolean
  /** Milliseconds that a driver's promise may take. */
  readonly callbackTimeoutMs: number
  readonly verifier: VerifierSettings | null
  /** A worker tells or asks something. */
  readonly onEvent: (worker: number, event: Exclude<WorkerEvent, { kind: 'ready' }>) => void
}

/** How long a worker may take to leave its loop. */
const STOP_GRACE_MS = 1000

/** One running Framework worker, as main sees it. */
export interface WorkerHandle {
  readonly worker: number
  readonly threadId: number
  /** Calls the worker and makes sure that its event loop hears of it. Rejects if the worker dies. */
  call<T>(invoke: (control: RemoteControl) => Promise<T>): Promise<T>
  /** Kills the thread where it stands, as a crash would. `reason`: why, for whoever asks what it died of. */
  terminate(reason?: Error): Promise<void>
  /** Settles when the thread's task has ended: resolved after STOP, rejected by a death. */
  readonly ended: Promise<void>
}

export class WorkerPool {
  readonly #options: WorkerPoolOptions
  readonly #words: Int32Array
  /** Memory of each worker's in-flight recorder; it outlives the worker. */
  readonly recorders: readonly SharedArrayBuffer[]
  readonly #originMs = performance.timeOrigin + performance.now()
  /** Why workers are being ended. */
  readonly #reasons = new Map<number, Error>()
  #isStopping = false

  constructor(options: WorkerPoolOptions) {
    this.#options = options
    this.#words = new Int32Array(options.engine)
    this.recorders = Array.from(
      { length: options.workers },
      () => new SharedArrayBuffer(RECORDER_BYTES),
    )
  }

  /** Starts the thread of a worker, with the incarnation that main wrote. Resolves once it polls. */
  async start(worker: number): Promise<WorkerHandle> {
    const { engine, waitStrategy, spins, workers, threads } = this.#options
    const thread = await threads.start(
      {
        worker,
        workerCount: workers,
        incarnation: load(this.#words, workerBlockWord(worker) + WORKER_INCARNATION),
        engine,
        waitStrategy,
        spins,
        interrupts: this.#options.interrupts[worker] as SharedArrayBuffer,
        stateEvents: this.#options.stateEvents,
        verifier: this.#options.verifier,
        recorder: this.recorders[worker] as SharedArrayBuffer,
        originMs: this.#originMs,
        callbackTimeoutMs: this.#options.callbackTimeoutMs,
      },
      (event) => {
        if (event.kind !== 'ready') this.#options.onEvent(worker, event)
      },
    )
    const ended = thread.ended.catch((reason: Error) => {
      const why = this.#reasons.get(worker) ?? reason
      this.#reasons.delete(worker)
      if (!this.#isStopping) this.#options.onDeath(worker, why)
      throw why
    })
    const died = ended.then(
      () => Promise.reject(new WorkerLostError(worker, 'was stopped')),
      (cause: unknown) => Promise.reject(new WorkerLostError(worker, 'has died', cause)),
    )
    died.catch(() => {})
    return {
      worker,
      threadId: thread.threadId,
      ended,
      call: (invoke) => {
        const answer = invoke(thread.control)
        this.nudge(worker)
        return Promise.race([answer, died])
      },
      terminate: async (reason) => {
        if (reason !== undefined) this.#reasons.set(worker, reason)
        await thread.terminate()
      },
    }
  }

  /** Gives the worker's event loop a turn, whatever it does now. */
  nudge(worker: number): void {
    const block = workerBlockWord(worker)
    add(this.#words, block + WORKER_CONTROL, 1)
    new Ringer(this.#words, block + WORKER_DOORBELL).ringSleeper()
  }

  /** Stops all workers and their threads. Nothing may be in flight. */
  async stop(handles: readonly WorkerHandle[]): Promise<void> {
    this.#isStopping = true
    for (const { worker } of handles) {
      store(this.#words, workerBlockWord(worker) + WORKER_STOP, 1)
      this.nudge(worker)
    }
    const ended = Promise.allSettled(handles.map((handle) => handle.ended)).then(() => true)
    // A handler that never returns: its thread is ended where it stands.
    const inOrder = (await within(STOP_GRACE_MS, ended)) === true
    await this.#options.threads.close(inOrder)
    await within(STOP_GRACE_MS, ended)
  }
}
