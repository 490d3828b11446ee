/**
 * Requests of a simulated host: draws one, sends it by the API that the host uses, and tells the oracle how it ended.
 * Runs on: the simulation's one thread, as a host.
 */
import { ctlCode, METHOD_BUFFERED } from '../../src/abi/ctl-code.js'
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_SUCCESS } from '../../src/abi/ntstatus.js'
import type { ChannelBuffer } from '../../src/irp/channel-buffer.js'
import type { Channel } from '../../src/manager/channel.js'
import type { RequestOptions } from '../../src/manager/irp-call.js'
import type { IrpFile } from '../../src/manager/irp-file.js'
import type { DeviceHistory } from './device-history.js'
import type { RequestHistory } from './history.js'
import { UNIT } from './simulated-driver.js'
import { Broken, contentOf, isContentOf, type World } from './world.js'

const CODE = ctlCode(0x22, 0x800, METHOD_BUFFERED, 0)
const KINDS = ['read', 'write', 'ioctl'] as const
const MAX_LENGTH = 64

/** What a failed call of the promise API says. */
interface Failure {
  readonly ntstatus?: number
  readonly information?: number
  readonly code?: string
}

/** Draws a request of `host`. */
export function drawRequest(world: World, host: string, device: DeviceHistory): RequestHistory {
  const { kernel } = world
  return world.begin(kernel.pick(KINDS), 1 + kernel.random.nextBelow(MAX_LENGTH), host, device)
}

/** Bytes that go to the driver. */
function inputOf({ id, kind, length }: RequestHistory): Uint8Array {
  const content = contentOf(id, length)
  if (kind === 'write') return content
  const input = new Uint8Array(4 + length)
  new DataView(input.buffer).setUint32(0, id, true)
  input.set(content, 4)
  return input
}

/** A call of the promise API that has not ended. */
interface Call {
  readonly ended: Promise<void>
  /** Asks for its end. One with a time-out ends by that alone. */
  cancel(): void
}

/** Sends a request by the promise API; `ended` when the oracle has been told of its end. */
function call(world: World, file: IrpFile, request: RequestHistory): Call {
  const { kernel } = world
  const abort = new AbortController()
  const timeoutMs = kernel.chance(0.2) ? kernel.within(30) : undefined
  if (timeoutMs !== undefined) request.hasTimeout = true
  const cancel = (): void => {
    if (timeoutMs !== undefined || request.told.length > 0) return
    kernel.note(`cancels ${request.id}`)
    request.isCancelAsked = true
    abort.abort()
  }
  if (kernel.chance(0.2)) setTimeout(cancel, kernel.within(30))
  const options = timeoutMs === undefined ? { signal: abort.signal } : { timeoutMs }
  const ended = send(world, file, request, options).catch((error: unknown) => kernel.threw(error))
  return { ended, cancel }
}

async function send(
  world: World,
  file: IrpFile,
  request: RequestHistory,
  options: RequestOptions,
): Promise<void> {
  const { kernel } = world
  const { id, kind, length } = request
  const output = new Uint8Array(length)
  kernel.note(`${kind} ${id}, ${length} bytes, to ${request.device.plan.name}`)
  try {
    const offset = id * UNIT
    const input = inputOf(request)
    const { information } = await (kind === 'read'
      ? file.read(output, { ...options, offset })
      : kind === 'write'
        ? file.write(input, { ...options, offset })
        : file.ioctl(CODE, input, output, options))
    world.end(request, { status: STATUS_SUCCESS, information })
    if (kind !== 'write') checkAnswer(world, request, output)
  } catch (error) {
    const { ntstatus, information = 0, code } = error as Failure
    if (ntstatus === STATUS_INSUFFICIENT_RESOURCES && request.presentedOn.length === 0) {
      kernel.faults.count('no resources')
    }
    if (ntstatus !== undefined) world.end(request, { status: ntstatus, information })
    else if (code === 'ERR_IRP_CLOSED') world.requests.delete(id)
    else throw error
  }
}

function checkAnswer(world: World, request: RequestHistory, output: Uint8Array): void {
  if (isContentOf(request.id, output)) return
  world.broken(`${request.kind} ${request.id} brings back other bytes than its driver wrote`)
}

/** A request of the batch API that has been prepared. */
export interface Prepared {
  readonly request: RequestHistory
  readonly handle: number
  readonly buffer: ChannelBuffer
}

/** Prepares a request by the batch API; undefined when it was refused. */
export function prepare(
  world: World,
  channel: Channel,
  file: IrpFile,
  request: RequestHistory,
): Prepared | undefined {
  const { kernel } = world
  const { id, kind, length } = request
  const buffer = channel.allocate(4 + length)
  if (kind !== 'read') buffer.bytes.set(inputOf(request))
  const offset = id * UNIT
  const handle =
    kind === 'read'
      ? channel.prepareRead(file, buffer, length, offset, id)
      : kind === 'write'
        ? channel.prepareWrite(file, buffer, length, offset, id)
        : channel.prepareIoctl(file, CODE, buffer, 4 + length, buffer, length, id)
  if (handle < 0) {
    channel.free(buffer)
    world.requests.delete(id)
    if (handle === STATUS_INSUFFICIENT_RESOURCES) kernel.faults.count('no resources')
    return undefined
  }
  kernel.note(`prepares ${kind} ${id}, ${length} bytes, to ${request.device.plan.name}`)
  return { request, handle, buffer }
}

/** A completion of the batch API. */
export function reaped(
  world: World,
  channel: Channel,
  { request, handle, buffer }: Prepared,
  completion: { status: number; information: number; handle: number },
): void {
  if (completion.handle !== handle) {
    throw new Broken(`request ${request.id} was handle ${handle}, and is ${completion.handle}`)
  }
  world.end(request, completion)
  if (completion.status >= 0 && request.kind !== 'write') {
    checkAnswer(world, request, buffer.bytes.subarray(0, request.length))
  }
  channel.free(buffer)
}

/** Calls that have not ended. */
export class Calls {
  readonly #calls = new Set<Call>()

  get size(): number {
    return this.#calls.size
  }

  send(world: World, file: IrpFile, request: RequestHistory): void {
    const sent = call(world, file, request)
    this.#calls.add(sent)
    void sent.ended.then(() => this.#calls.delete(sent))
  }

  cancelAll(): void {
    for (const sent of this.#calls) sent.cancel()
  }

  async ended(): Promise<void> {
    while (this.#calls.size > 0) await Promise.all([...this.#calls].map(({ ended }) => ended))
  }
}

/** Every block of a channel's memory has come back: the whole of it is free again. */
export function checkBuffers(channel: Channel): void {
  channel.free(channel.allocate(channel.memory.geometry.bufferBytes))
}
