/**
 * Piscina threads: Framework workers as endless tasks of a Piscina pool, called through Comlink. Piscina owns the
 * threads' life-cycle, Comlink the calls; neither sees an IRP. Runs on: main.
 */
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'
import * as Comlink from 'comlink'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import { Piscina } from 'piscina'
import type { WorkerControl, WorkerEvent, WorkerStart, WorkerTask } from './control-plane.js'
import type {
  MakeThreads,
  WorkerResourceLimits,
  WorkerThread,
  WorkerThreads,
} from './worker-threads.js'

class PiscinaThreads implements WorkerThreads {
  readonly #pool: Piscina

  constructor(workers: number, resourceLimits: WorkerResourceLimits | undefined) {
    this.#pool = new Piscina({
      filename: fileURLToPath(new URL('./framework-worker.js', import.meta.url)),
      minThreads: workers,
      maxThreads: workers,
      concurrentTasksPerWorker: 1,
      idleTimeout: Infinity,
      // Piscina's own parking would freeze the event loop between tasks; ours decides.
      atomics: 'disabled',
      workerHistogram: false,
      recordTiming: false,
      closeTimeout: 2000,
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    })
    // An idle thread that dies is replaced; there is no request it could have had.
    this.#pool.on('error', () => {})
  }

  async start(start: WorkerStart, onEvent: (event: WorkerEvent) => void): Promise<WorkerThread> {
    const control = new MessageChannel()
    const events = new MessageChannel()
    const task: WorkerTask = { ...start, control: control.port2, events: events.port2 }
    const run = this.#pool.run(task, {
      transferList: [control.port2, events.port2],
    }) as Promise<void>
    run.catch(() => {})
    const remote = Comlink.wrap<WorkerControl>(nodeEndpoint(control.port1))
    const threadId = await Promise.race([ready(events.port1, onEvent), run.then(neverReady)])
    const thread = this.#pool.threads.find((candidate) => candidate.threadId === threadId)
    return {
      threadId,
      control: remote,
      ended: endOf(thread, run, control.port1, events.port1),
      terminate: async () => {
        await thread?.terminate()
      },
    }
  }

  async close(inOrder: boolean): Promise<void> {
    if (inOrder) await this.#pool.close({ force: true }).catch(() => {})
    await this.#pool.destroy()
  }
}

/** The threads of an engine that is not simulated. */
export const piscinaThreads: MakeThreads = (workers, resourceLimits) =>
  new PiscinaThreads(workers, resourceLimits)

function ready(port: MessagePort, onEvent: (event: WorkerEvent) => void): Promise<number> {
  return new Promise((resolve) => {
    port.on('message', (event: WorkerEvent) => {
      if (event.kind === 'ready') resolve(event.threadId)
      else onEvent(event)
    })
  })
}

/** Resolves when the task ended by itself; a death is told only after the thread's 'exit'. */
function endOf(
  thread: Worker | undefined,
  run: Promise<void>,
  ...ports: readonly MessagePort[]
): Promise<void> {
  const release = (): void => {
    for (const port of ports) {
      // What a dead thread said before its end must not be taken for its successor's.
      port.removeAllListeners('message')
      port.close()
    }
  }
  const exited = new Promise<void>((resolve) => {
    if (thread === undefined || thread.threadId < 0) resolve()
    else thread.once('exit', () => resolve())
  })
  return run.then(release, async (reason: Error) => {
    await exited
    release()
    throw reason
  })
}

function neverReady(): never {
  throw new Error('the worker ended before it was ready')
}
