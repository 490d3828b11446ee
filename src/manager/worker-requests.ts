/**
 * What a worker asks main for on behalf of its drivers: a way to a device on another worker, a change of a
 * queue that lives on several. Runs on: main. The answers are control calls back to the worker: to the thread
 * that asked, never to its successor, which has asked nothing and would take over what is the dead one's.
 */
import { STATUS_NO_SUCH_DEVICE } from '../abi/ntstatus.js'
import type { QueueChangeEvent, WorkerEvent } from '../workers/control-plane.js'
import type { RemoteAnswer } from '../workers/remote-io.js'
import type { RemoteControl } from '../workers/worker-threads.js'
import type { ChannelRegistry } from './channel-registry.js'
import type { DeviceDirectory } from './device-directory.js'
import type { WorkerSet } from './worker-set.js'

/** The events that want an answer. */
export type WorkerRequest = Extract<WorkerEvent, { kind: 'openRemote' | 'changeQueue' }>

/** Tells the worker. */
type Answer = (control: RemoteControl) => Promise<void>

export class WorkerRequests {
  readonly #workers: WorkerSet
  readonly #channels: ChannelRegistry
  readonly #directory: DeviceDirectory

  constructor(workers: WorkerSet, channels: ChannelRegistry, directory: DeviceDirectory) {
    this.#workers = workers
    this.#channels = channels
    this.#directory = directory
  }

  /** Does what was asked and tells the worker, unless it has died meanwhile. */
  async answer(worker: number, request: WorkerRequest): Promise<void> {
    const incarnation = this.#workers.incarnationOf(worker)
    const tell =
      request.kind === 'openRemote'
        ? await this.#openRemote(worker, request.device)
        : await this.#changeQueue(worker, request)
    if (this.#workers.incarnationOf(worker) !== incarnation) return
    await this.#workers.call(worker, tell).catch(() => {})
  }

  /** Where the device is, and a channel to reach it if the worker has none yet. */
  async #openRemote(worker: number, device: string): Promise<Answer> {
    let answer: RemoteAnswer
    try {
      const description = this.#directory.describe(device)
      const channel = await this.#channels.forWorker(worker)
      answer = { device: description, ...(channel === undefined ? {} : { channel }) }
    } catch (error) {
      const { message } = error as Error
      answer = { error: { status: STATUS_NO_SUCH_DEVICE, message } }
    }
    return (control) => control.remoteOpened(device, answer)
  }

  /** The other workers of the queue follow. */
  async #changeQueue(
    worker: number,
    { token, device, queue, change }: QueueChangeEvent,
  ): Promise<Answer> {
    const others = this.#workers.devices.get(device)?.workers.filter((other) => other !== worker)
    const changes = (others ?? []).map((other) =>
      // A worker that dies meanwhile has nothing left to change.
      this.#workers
        .ask(other, (control) => control.changeQueue(device, queue, change))
        .catch(() => null),
    )
    await Promise.all(changes)
    return (control) => control.queueChanged(token)
  }
}
