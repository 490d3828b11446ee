/**
 * Simulated threads: the threads of an engine's workers as actors, and the control plane as messages that take their
 * time: what Piscina and Comlink are to a real engine. A call to a thread that has died is never answered.
 * Runs on: the simulation's one thread, as main.
 */
import type { WorkerEvent, WorkerStart } from '../../src/workers/control-plane.js'
import type {
  RemoteControl,
  WorkerThread,
  WorkerThreads,
} from '../../src/workers/worker-threads.js'
import type { Kernel } from './kernel.js'
import type { Source } from './source.js'
import { WorkerActor } from './worker-actor.js'

const START_MS = 20
const MESSAGE_MS = 0.2
const SLOW_MESSAGE_MS = 200

export class SimulatedThreads implements WorkerThreads {
  readonly #kernel: Kernel
  readonly #source: Source
  readonly workers: WorkerActor[] = []
  /** Threads that have ended without being told to. */
  deaths = 0
  readonly #ended: Promise<void>[] = []

  constructor(kernel: Kernel, source: Source) {
    this.#kernel = kernel
    this.#source = source
  }

  /** The thread of a worker that runs now. */
  running(worker: number): WorkerActor | undefined {
    return this.workers.findLast((actor) => actor.worker === worker && !actor.isDead)
  }

  start(start: WorkerStart, onEvent: (event: WorkerEvent) => void): Promise<WorkerThread> {
    const kernel = this.#kernel
    return new Promise((resolve, reject) => {
      let left: () => void = nothing
      let died: (reason: Error) => void = nothing
      const ended = new Promise<void>((end, fail) => {
        left = end
        died = fail
      })
      this.#ended.push(ended.catch(() => {}))
      const actor = new WorkerActor(kernel, this.#source, start, {
        left: () => left(),
        died: (reason) => {
          this.deaths++
          died(reason)
          reject(reason)
        },
      })
      this.workers.push(actor)
      const thread: WorkerThread = {
        threadId: this.workers.length,
        control: this.#control(actor),
        ended,
        terminate: () => {
          actor.terminate()
          return ended.catch(() => {})
        },
      }
      const tell = (event: WorkerEvent): void => {
        if (actor.isDead) return
        const told = structuredClone(event)
        kernel.main.post(`events of ${actor.name}`, this.#delayMs(), () => {
          if (told.kind === 'ready') resolve(thread)
          else onEvent(told)
        })
      }
      const given = structuredClone(start)
      actor.post('start', kernel.within(START_MS), () => {
        actor.begin(given, tell)
        tell({ kind: 'ready', threadId: thread.threadId })
      })
    })
  }

  async close(): Promise<void> {
    for (const actor of this.workers) actor.terminate()
    await Promise.all(this.#ended)
  }

  #delayMs(): number {
    const kernel = this.#kernel
    return kernel.within(kernel.faults.strikes('slow control plane') ? SLOW_MESSAGE_MS : MESSAGE_MS)
  }

  #control(actor: WorkerActor): RemoteControl {
    const call = (name: string, args: unknown[]): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const given = structuredClone(args)
        actor.post('control', this.#delayMs(), () => {
          const answer = (settle: (value: unknown) => void, value: unknown): void => {
            if (actor.isDead) return
            const told: unknown = structuredClone(value)
            this.#kernel.main.post(`answers of ${actor.name}`, this.#delayMs(), () => settle(told))
          }
          const control = actor.body?.control as unknown as Record<
            string,
            (...args: unknown[]) => unknown
          >
          void (async () => control[name]?.(...given))().then(
            (value) => answer(resolve, value),
            (error: unknown) => answer(reject, error),
          )
        })
      })
    return new Proxy(
      {},
      {
        get:
          (_, name) =>
          (...args: unknown[]) =>
            call(String(name), args),
      },
    ) as RemoteControl
  }
}

function nothing(): void {}
