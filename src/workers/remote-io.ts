/**
 * Remote I/O: the way from a driver on this worker to a device on another one. The worker is a host then,
 * with a channel of its own that main opens for it. Runs on: worker.
 *
 * A child request becomes an IRP in a slot of that channel; its completion ends the child here. The
 * worker's own doorbell is rung for these completions, so they wake it wherever it sleeps.
 */
import {
  IRP_INPUT_BUFFER,
  IRP_INPUT_LENGTH,
  IRP_IO_CONTROL,
  IRP_LENGTH,
  IRP_BUFFER,
} from '../abi/irp-layout.js'
import {
  IRP_MJ_CLEANUP,
  IRP_MJ_CLOSE,
  IRP_MJ_CREATE,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
} from '../abi/major-function.js'
import { STATUS_INSUFFICIENT_RESOURCES } from '../abi/ntstatus.js'
import { REQUEST_CANCELABLE } from '../dispatch/dispatched-request.js'
import { failureStatusOf, WdfStatusError } from '../framework/errors.js'
import type { TargetRoute } from '../framework/io-target.js'
import type { Request } from '../framework/request.js'
import type { ChannelBuffer } from '../irp/channel-buffer.js'
import { ChannelMemory } from '../irp/channel-memory.js'
import type { DeviceDescription } from '../irp/device-description.js'
import { Channel, type ChannelDescriptor } from '../manager/channel.js'
import { ChannelFile } from '../manager/channel-file.js'
import { DeviceDirectory, DeviceRoute } from '../manager/device-directory.js'
import { read } from '../sharedarraybuffer-queue/access.js'
import type { OpenRemoteEvent } from './control-plane.js'

/** What main answers to `openRemote`: the device, and this worker's channel, the same one each time. */
export interface RemoteAnswer {
  readonly device?: DeviceDescription
  readonly channel?: ChannelDescriptor
  readonly error?: { readonly status: number; readonly message: string }
}

/** Something of ours that is on its way. */
interface Sent {
  readonly child: Request | null
  readonly data: ChannelBuffer | null
  readonly input: ChannelBuffer | null
  readonly done: (status: number, information: number) => void
}

const REAP_LIMIT = 256

export class RemoteIo {
  readonly #ask: (event: OpenRemoteEvent) => void
  readonly #waiting = new Map<number, (answer: RemoteAnswer) => void>()
  readonly #sent: (Sent | undefined)[] = []
  readonly #freeContexts: number[] = []
  /** Children that found no slot or no memory; sent in order as completions come. */
  readonly #delayed: (() => boolean)[] = []
  #channel: Channel | undefined
  #nextFileId = 1
  #nextToken = 0

  constructor(ask: (event: OpenRemoteEvent) => void) {
    this.#ask = ask
  }

  /** Something is on its way, or has come back. */
  get isActive(): boolean {
    const channel = this.#channel
    return channel !== undefined && (channel.inFlight > 0 || channel.hasSetAside)
  }

  /** True when a poll would find something. */
  hasWork(): boolean {
    return this.#channel?.hasCompletions() === true
  }

  /** Ends what has come back. Returns how much. */
  poll(): number {
    const channel = this.#channel
    if (channel === undefined) return 0
    // What a sweep ended was set aside, and `reap` hands it over.
    const count = channel.reap(REAP_LIMIT, this.#onCompletion)
    while (this.#delayed[0]?.() === true) this.#delayed.shift()
    channel.publish()
    return count
  }

  /** Main has answered. */
  answered(token: number, answer: RemoteAnswer): void {
    if (answer.channel !== undefined && this.#channel === undefined) {
      const { memory, engine, devices } = answer.channel
      const directory = new DeviceDirectory(devices)
      this.#channel = new Channel(new ChannelMemory(memory), new Int32Array(engine), directory)
    }
    this.#waiting.get(token)?.(answer)
    this.#waiting.delete(token)
  }

  /**
   * Opens a device for another one, `opener`: IRP_MJ_CREATE.
   * @throws WdfStatusError when there is none, when it waits for the opener, or with its driver's refusal.
   */
  async open(name: string, opener: number): Promise<TargetRoute & { close(): Promise<void> }> {
    const { device, error } = await new Promise<RemoteAnswer>((resolve) => {
      const token = this.#nextToken++
      this.#waiting.set(token, resolve)
      this.#ask({ token, device: name, opener })
    })
    const channel = this.#channel
    if (device === undefined || channel === undefined) {
      const { status = STATUS_INSUFFICIENT_RESOURCES, message = 'no channel' } = error ?? {}
      throw new WdfStatusError(status, `I/O target "${name}": ${message}`, name)
    }
    const file = new ChannelFile(channel.id, this.#nextFileId++, new DeviceRoute(device))
    const status = await this.#bare(channel, IRP_MJ_CREATE, file)
    if (status < 0) throw new WdfStatusError(status, `open of I/O target "${name}"`, name)
    return {
      canForget: false,
      submit: (child) => this.#submit(channel, file, child),
      forget: () => {
        throw new TypeError('a request to another worker comes back')
      },
      close: async () => {
        file.openOn = 0
        await this.#bare(channel, IRP_MJ_CLEANUP, file)
        await this.#bare(channel, IRP_MJ_CLOSE, file)
      },
    }
  }

  #submit(channel: Channel, file: ChannelFile, child: Request): void {
    const send = (): boolean => this.#trySend(channel, file, child)
    if (this.#delayed.length > 0 || !send()) this.#delayed.push(send)
    channel.publish()
  }

  /** False when there is no slot or no memory now. What can never be sent ends with the reason. */
  #trySend(channel: Channel, file: ChannelFile, child: Request): boolean {
    let sent: Sent | null
    try {
      sent = this.#stage(channel, child)
    } catch (error) {
      child.end(failureStatusOf(error) ?? STATUS_INSUFFICIENT_RESOURCES, 0)
      return true
    }
    if (sent === null) return false
    const context = this.#enter(sent)
    const handle = prepare(channel, file, child, sent, context)
    if (handle < 0) {
      this.#leave(channel, context)
      if (handle === STATUS_INSUFFICIENT_RESOURCES) return false
      child.end(handle, 0)
      return true
    }
    // A cancel of the child is a cancel of the IRP; whoever completes first decides.
    child.evtRequestCancel = () => {
      channel.cancel(handle)
      channel.publish()
    }
    child.state = REQUEST_CANCELABLE
    if (child.cancelIsRequested()) child.callCancel()
    return true
  }

  /** Copies what the device shall read into channel memory; null when there is no room now. */
  #stage(channel: Channel, child: Request): Sent | null {
    const { majorFunction } = child
    const length = read(child.words, child.base + IRP_LENGTH)
    const isTransfer = majorFunction === IRP_MJ_READ || majorFunction === IRP_MJ_WRITE
    const inputLength = isTransfer ? 0 : read(child.words, child.base + IRP_INPUT_LENGTH)
    const data = length > 0 ? takeBuffer(channel, length) : null
    if (length > 0 && data === null) return null
    const input = inputLength > 0 ? takeBuffer(channel, inputLength) : null
    if (inputLength > 0 && input === null) {
      if (data !== null) channel.free(data)
      return null
    }
    // An output buffer travels too: METHOD_IN_DIRECT's second buffer carries data to the driver.
    if (majorFunction !== IRP_MJ_READ) data?.bytes.set(viewOf(child, IRP_BUFFER, length))
    input?.bytes.set(viewOf(child, IRP_INPUT_BUFFER, inputLength))
    const done = (status: number, information: number): void => {
      if (majorFunction !== IRP_MJ_WRITE && status >= 0 && data !== null) {
        const count = Math.min(information, length)
        viewOf(child, IRP_BUFFER, length).set(data.bytes.subarray(0, count))
      }
      child.end(status, information)
    }
    return { child, data, input, done }
  }

  #bare(channel: Channel, major: number, file: ChannelFile): Promise<number> {
    return new Promise((resolve) => {
      const send = (): boolean => {
        const context = this.#enter({ child: null, data: null, input: null, done: resolve })
        const handle = channel.prepareBare(major, file, context)
        if (handle < 0) this.#leave(channel, context)
        if (handle === STATUS_INSUFFICIENT_RESOURCES) return false
        if (handle < 0) resolve(handle)
        return true
      }
      if (this.#delayed.length > 0 || !send()) this.#delayed.push(send)
      channel.publish()
    })
  }

  #enter(sent: Sent): number {
    const context = this.#freeContexts.pop() ?? this.#sent.length
    this.#sent[context] = sent
    return context
  }

  #leave(channel: Channel, context: number): Sent | undefined {
    const sent = this.#sent[context]
    this.#sent[context] = undefined
    this.#freeContexts.push(context)
    if (sent?.data) channel.free(sent.data)
    if (sent?.input) channel.free(sent.input)
    return sent
  }

  readonly #onCompletion = (context: number, status: number, information: number): void => {
    if (this.#channel === undefined) return
    const sent = this.#sent[context]
    sent?.done(status, information)
    this.#leave(this.#channel, context)
  }
}

function prepare(
  channel: Channel,
  file: ChannelFile,
  child: Request,
  { data, input }: Sent,
  context: number,
): number {
  const { majorFunction, length } = child
  const buffer = data ?? channel.noBuffer
  switch (majorFunction) {
    case IRP_MJ_READ:
      return channel.prepareRead(file, buffer, length, child.deviceOffset, context)
    case IRP_MJ_WRITE:
      return channel.prepareWrite(file, buffer, length, child.deviceOffset, context)
    default:
      return channel.prepareControl(
        majorFunction,
        file,
        read(child.words, child.base + IRP_IO_CONTROL),
        input,
        input?.byteLength ?? 0,
        data,
        length,
        context,
      )
  }
}

function viewOf(child: Request, word: number, length: number): Uint8Array {
  return child.buffers.view(read(child.words, child.base + word), length)
}

function takeBuffer(channel: Channel, length: number): ChannelBuffer | null {
  try {
    return channel.allocate(length)
  } catch (error) {
    // Full now, not too small for ever.
    if (length <= channel.memory.geometry.bufferBytes) return null
    throw error
  }
}
