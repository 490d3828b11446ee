/**
 * Worker threads: what a pool needs of them, whoever provides them: Piscina, or a simulation that plays them.
 * Runs on: main. Types only.
 */
import type { WorkerControl, WorkerEvent, WorkerStart } from './control-plane.js'

/** What V8 may use in each worker; passed to worker_threads as it is. */
export interface WorkerResourceLimits {
  readonly maxOldGenerationSizeMb?: number
  readonly maxYoungGenerationSizeMb?: number
  readonly codeRangeSizeMb?: number
  readonly stackSizeMb?: number
}

/**
 * The worker's control plane, as main calls it: each member answers later. Not Comlink's `Remote`, whose
 * declarations need a browser's types of everyone who compiles against the engine.
 */
export type RemoteControl = {
  readonly [Member in keyof WorkerControl]: (
    ...args: Parameters<WorkerControl[Member]>
  ) => Promise<Awaited<ReturnType<WorkerControl[Member]>>>
}

/** A thread that runs a Framework worker. */
export interface WorkerThread {
  readonly threadId: number
  /** A call is answered when the worker's event loop has had a turn; never, if the thread dies before. */
  readonly control: RemoteControl
  /** Resolved when the worker left its loop; rejected once the thread has ended in any other way. */
  readonly ended: Promise<void>
  /** Kills the thread where it stands, as a crash would. */
  terminate(): Promise<void>
}

export interface WorkerThreads {
  /** Starts a thread. Resolves once the worker polls. */
  start(start: WorkerStart, onEvent: (event: WorkerEvent) => void): Promise<WorkerThread>
  /** Ends all threads; `inOrder`: their workers have left their loops. */
  close(inOrder: boolean): Promise<void>
}

/** Makes the threads of an engine. */
export type MakeThreads = (
  workers: number,
  resourceLimits: WorkerResourceLimits | undefined,
) => WorkerThreads
