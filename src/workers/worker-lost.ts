/**
 * The error of a control call whose worker has died, or will not come back. Runs on: main.
 */
/** The cause that says most: the callback that hung. */
const HUNG = 'ERR_IRP_CALLBACK_HUNG'

export class WorkerLostError extends Error {
  readonly code = 'ERR_IRP_WORKER_LOST'
  /** Number of the worker. */
  readonly value: number

  constructor(worker: number, what: string, cause?: unknown) {
    const why =
      (cause as { code?: unknown } | undefined)?.code === HUNG ? ` (${messageOf(cause)})` : ''
    const how = `worker ${worker} ${what}${why}: try again once it has been replaced (event workerReplaced)`
    super(how, cause === undefined ? undefined : { cause })
    this.name = 'WorkerLostError'
    this.value = worker
  }
}

function messageOf(cause: unknown): string {
  return (cause as Error).message
}
