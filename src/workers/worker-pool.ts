/**
 * Worker pool: starts Framework workers, notices their deaths, talks to them. Piscina owns the threads'
 * life-cycle, Comlink the calls; neither sees an IRP. Runs on: main.
 */
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'
import * as Comlink from 'comlink'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import { Piscina } from 'piscina'
import {
  WORKER_CONTROL,
  WORKER_DOORBELL,
  WORKER_INCARNATION,
  WORKER_STOP,
  workerBlockWord,
} from '../abi/engine-layout.js'
import { RECORDER_BYTES } from '../abi/recorder-layout.js'
import type { VerifierSettings } from '../irp/violation-report.js'
import { add, load, store } from '../sharedarraybuffer-queue/access.js'
import { Ringer } from '../sharedarraybuffer-queue/doorbell.js'
import type { IdleStrategyName } from '../sharedarraybuffer-queue/idle-strategy.js'
import { within } from './within.js'
import { WorkerLostError } from './worker-lost.js'
import type { WorkerControl, WorkerEvent, WorkerTask } from './control-plane.js'

/** What V8 may use in each worker; passed to worker_threads as it is. */
export interface WorkerResourceLimits {
  readonly maxOldGenerationSizeMb?: number
  readonly maxYoungGenerationSizeMb?: number
  readonly codeRangeSizeMb?: number
  readonly stackSizeMb?: number
}

export interface WorkerPoolOptions {
  readonly workers: number
  readonly engine: SharedArrayBuffer
  readonly waitStrategy: IdleStrategyName
  readonly spins: number
  readonly resourceLimits?: WorkerResourceLimits
  /** A thread has ended without being told to; its memory is quiet now. */
  readonly onDeath: (worker: number, reason: Error) => void
  /** Interrupt block of each worker; it outlives the worker. */
  readonly interrupts: readonly SharedArrayBuffer[]
  readonly stateEvents: boolean
  readonly verifier: VerifierSettings | null
  /** A worker tells or asks something. */
  readonly onEvent: (worker: number, event: Exclude<WorkerEvent, { kind: 'ready' }>) => void
}

/** How long a worker may take to leave its loop. */
const STOP_GRACE_MS = 1000

/** The worker's control plane, as main calls it. */
export type RemoteControl = Comlink.Remote<WorkerControl>

/** One running Framework worker, as main sees it. */
export interface WorkerHandle {
  readonly worker: number
  readonly threadId: number
  /** Calls the worker and makes sure that its event loop hears of it. Rejects if the worker dies. */
  call<T>(invoke: (control: RemoteControl) => Promise<T>): Promise<T>
  /** Kills the thread where it stands, as a crash would. */
  terminate(): Promise<void>
  /** Settles when the thread's task has ended: resolved after STOP, rejected by a death. */
  readonly ended: Promise<void>
}

export class WorkerPool {
  readonly #options: WorkerPoolOptions
  readonly #words: Int32Array
  readonly #pool: Piscina
  /** Memory of each worker's in-flight recorder; it outlives the worker. */
  readonly recorders: readonly SharedArrayBuffer[]
  readonly #originMs = performance.timeOrigin + performance.now()
  #isStopping = false

  constructor(options: WorkerPoolOptions) {
    this.#options = options
    this.#words = new Int32Array(options.engine)
    this.recorders = Array.from(
      { length: options.workers },
      () => new SharedArrayBuffer(RECORDER_BYTES),
    )
    this.#pool = new Piscina({
      filename: fileURLToPath(new URL('./framework-worker.js', import.meta.url)),
      minThreads: options.workers,
      maxThreads: options.workers,
      concurrentTasksPerWorker: 1,
      idleTimeout: Infinity,
      // Piscina's own parking would freeze the event loop between tasks; ours decides.
      atomics: 'disabled',
      workerHistogram: false,
      recordTiming: false,
      closeTimeout: 2000,
      ...(options.resourceLimits === undefined ? {} : { resourceLimits: options.resourceLimits }),
    })
    // An idle thread that dies is replaced; there is no request it could have had.
    this.#pool.on('error', () => {})
  }

  /** Starts the thread of a worker, with the incarnation that main wrote. Resolves once it polls. */
  async start(worker: number): Promise<WorkerHandle> {
    const control = new MessageChannel()
    const events = new MessageChannel()
    const { engine, waitStrategy, spins, workers } = this.#options
    const incarnation = load(this.#words, workerBlockWord(worker) + WORKER_INCARNATION)
    const task: WorkerTask = {
      worker,
      workerCount: workers,
      incarnation,
      engine,
      waitStrategy,
      spins,
      interrupts: this.#options.interrupts[worker] as SharedArrayBuffer,
      stateEvents: this.#options.stateEvents,
      verifier: this.#options.verifier,
      recorder: this.recorders[worker] as SharedArrayBuffer,
      originMs: this.#originMs,
      control: control.port2,
      events: events.port2,
    }
    const run = this.#pool.run(task, {
      transferList: [control.port2, events.port2],
    }) as Promise<void>
    run.catch(() => {})
    const remote = Comlink.wrap<WorkerControl>(nodeEndpoint(control.port1))
    const threadId = await Promise.race([this.#ready(worker, events.port1), run.then(neverReady)])
    const thread = this.#threadOf(threadId)
    const ended = this.#watch(worker, thread, run, () => {
      control.port1.close()
      events.port1.close()
    })
    const died = ended.then(
      () => Promise.reject(new WorkerLostError(worker, 'was stopped')),
      (cause: unknown) => Promise.reject(new WorkerLostError(worker, 'has died', cause)),
    )
    died.catch(() => {})
    return {
      worker,
      threadId,
      ended,
      call: (invoke) => {
        const answer = invoke(remote)
        this.nudge(worker)
        return Promise.race([answer, died])
      },
      terminate: async () => {
        await thread?.terminate()
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
    if (await within(STOP_GRACE_MS, ended)) {
      await this.#pool.close({ force: true }).catch(() => {})
    }
    await this.#pool.destroy()
    await within(STOP_GRACE_MS, ended)
  }

  #ready(worker: number, port: MessagePort): Promise<number> {
    return new Promise((resolve) => {
      port.on('message', (event: WorkerEvent) => {
        if (event.kind === 'ready') resolve(event.threadId)
        else this.#options.onEvent(worker, event)
      })
    })
  }

  #threadOf(threadId: number): Worker | undefined {
    return this.#pool.threads.find((thread) => thread.threadId === threadId)
  }

  /** Resolves when the task ended by itself; a death is told only after the thread's 'exit'. */
  #watch(
    worker: number,
    thread: Worker | undefined,
    run: Promise<void>,
    release: () => void,
  ): Promise<void> {
    const exited = new Promise<void>((resolve) => {
      if (thread === undefined || thread.threadId < 0) resolve()
      else thread.once('exit', () => resolve())
    })
    return run.then(release, async (reason: Error) => {
      await exited
      release()
      if (!this.#isStopping) this.#options.onDeath(worker, reason)
      throw reason
    })
  }
}

function neverReady(): never {
  throw new Error('the worker ended before it was ready')
}
