/**
 * The error of a control call whose worker has died, or will not come back. Runs on: main.
 */
export class WorkerLostError extends Error {
  readonly code = 'ERR_IRP_WORKER_LOST'
  /** Number of the worker. */
  readonly value: number

  constructor(worker: number, what: string, cause?: unknown) {
    const how = `worker ${worker} ${what}: try again once it has been replaced (event workerReplaced)`
    super(how, cause === undefined ? undefined : { cause })
    this.name = 'WorkerLostError'
    this.value = worker
  }
}
