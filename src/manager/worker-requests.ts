/**
 * What a worker asks main for on behalf of its drivers: a way to a device on another worker, a change of a
 * queue that lives on several. Runs on: main. The answers are control calls back to the worker: to the thread
 * that asked, never to its successor, which has asked nothing and would take over what is the dead one's.
 */
import { STATUS_NO_SUCH_DEVICE } from '../abi/ntstatus.js'
import type { OpenRemoteEvent, QueueChangeEvent, WorkerEvent } from '../workers/control-plane.js'
import type { RemoteAnswer } from '../workers/remote-io.js'
import type { RemoteControl } from '../workers/worker-threads.js'
import type { ChannelRegistry } from './channel-registry.js'
import type { DeviceDirectory } from './device-directory.js'
import type { WorkerSet } from './worker-set.js'

/** The events that want an answer. */
export type WorkerRequest = Extract<WorkerEvent, { kind: 'openRemote' | 'changeQueue' }>

interface StatusError extends Error {
  readonly ntstatus?: number
}

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
        ? await this.#openRemote(worker, request)
        : await this.#changeQueue(worker, request)
    if (this.#workers.incarnationOf(worker) !== incarnation) return
    await this.#workers.call(worker, tell).catch(() => {})
  }

  /** Where the device is, once it runs (again), and the channel to reach it. */
  async #openRemote(worker: number, { token, device, opener }: OpenRemoteEvent): Promise<Answer> {
    let answer: RemoteAnswer
    try {
      const { id } = this.#directory.describe(device)
      await this.#workers.returning.whenBack(id, this.#topOf(opener), worker)
      // It may have been lost meanwhile.
      const description = this.#directory.describe(device)
      answer = { device: description, channel: await this.#channels.forWorker(worker, id) }
    } catch (error) {
      const { message, ntstatus = STATUS_NO_SUCH_DEVICE } = error as StatusError
      answer = { error: { status: ntstatus, message } }
    }
    return (control) => control.remoteOpened(token, answer)
  }

  /** The device that a level belongs to. */
  #topOf(level: number): number {
    for (const { spec } of this.#workers.devices.values()) {
      if (spec.below?.some(({ id }) => id === level) === true) return spec.id
    }
    return level
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
