/** Handlers touch no buffer and no file. */
const NOTHING = undefined as never

/**
 * Stepped channel: one host, one worker with three queues, on one thread, for properties of queues and cancels.
 * Runs on: the test's own thread.
 *
 *   queue 0  sequential   reads
 *   queue 1  parallel, two at a time   writes
 *   queue 2  manual       IOCTLs
 */
import { ENGINE_ACCEPTING, engineBytes } from '../../src/abi/engine-layout.js'
import { IRP_MJ_DEVICE_CONTROL, IRP_MJ_READ, IRP_MJ_WRITE } from '../../src/abi/major-function.js'
import { ChannelPort } from '../../src/dispatch/channel-port.js'
import { DispatchTurn } from '../../src/dispatch/dispatch-turn.js'
import { type EvtIoTransfer, QueueGate } from '../../src/dispatch/queue-gate.js'
import { Request } from '../../src/framework/request.js'
import { ChannelBuffer } from '../../src/irp/channel-buffer.js'
import { createChannelMemory } from '../../src/irp/channel-memory.js'
import { ChannelFile } from '../../src/manager/channel-file.js'
import { DeviceRoute } from '../../src/manager/device-directory.js'
import { RequestChannel } from '../../src/manager/request-channel.js'

export const SEQUENTIAL = 0
export const PARALLEL = 1
export const MANUAL = 2
export const LIMITS = [1, 2, 0] as const

const SLOTS = 8
const LENGTH = 64
const MAJORS = [IRP_MJ_READ, IRP_MJ_WRITE, IRP_MJ_DEVICE_CONTROL]

export interface Told {
  readonly context: number
  readonly status: number
  readonly information: number
}

export class SteppedChannel {
  readonly channel: RequestChannel
  readonly turn: DispatchTurn
  readonly queues: QueueGate[]
  /** Requests as handlers got them, in order. */
  readonly presented: Request[] = []
  readonly told: Told[] = []
  readonly #file: ChannelFile
  readonly #buffer: ChannelBuffer

  constructor(start: number) {
    const engineWords = new Int32Array(new SharedArrayBuffer(engineBytes(1)))
    engineWords[ENGINE_ACCEPTING] = 1
    const memory = createChannelMemory(1, SLOTS, [0], LENGTH, start)
    this.channel = new RequestChannel(memory, engineWords, start)
    this.channel.onSetAside = this.#keep
    const routes = Array.from({ length: 32 }, () => 0)
    const device = { id: 0, name: 'device', routes } as unknown as ConstructorParameters<
      typeof DeviceRoute
    >[0]
    this.#file = new ChannelFile(1, 1, new DeviceRoute(device))
    const { bufferByteOffset } = memory.geometry
    this.#buffer = new ChannelBuffer(1, new Uint8Array(memory.buffer, bufferByteOffset, LENGTH))
    this.turn = new DispatchTurn({
      routeWithoutQueue: (request) => request.finish(-1, 0),
      endSpecial: (request) => request.finish(-1, 0),
      forEachRequestOf: () => {},
      cancelSent: () => {},
      callbackThrew: (_gate, _callback, error) => {
        throw error
      },
      handlerThrew: (_request, _gate, error) => {
        throw error
      },
      handlerReturned: () => {},
      wake: () => {},
      wantEventLoop: () => {},
    })
    this.queues = LIMITS.map((limit) => this.#queue(limit))
    for (let major = 0; major < 32; major++) this.turn.dispatchTable.push(null)
    for (const [i, major] of MAJORS.entries()) {
      this.turn.dispatchTable[major] = this.queues[i] as QueueGate
    }
    const { turn } = this
    const port = new ChannelPort(
      memory,
      0,
      turn,
      (owner, slot) => new Request(owner, slot, turn.frameworkGate, NOTHING, NOTHING),
    )
    turn.ports.push(port)
  }

  #queue(limit: number): QueueGate {
    const present: EvtIoTransfer = (_gate, request) => {
      this.presented.push(request as Request)
    }
    const gate = new QueueGate(present)
    gate.limit = limit
    return gate
  }

  readonly #keep = (context: number, status: number, information: number): void => {
    this.told.push({ context, status, information })
  }

  /** Prepares and publishes a request of the kind that goes to `queue`; its handle, negative when refused. */
  send(queue: number, context: number): number {
    const { channel } = this
    const handle =
      queue === SEQUENTIAL
        ? channel.prepareRead(this.#file, this.#buffer, LENGTH, context, context)
        : queue === PARALLEL
          ? channel.prepareWrite(this.#file, this.#buffer, LENGTH, context, context)
          : channel.prepareIoctl(this.#file, 4, null, 0, this.#buffer, LENGTH, context)
    channel.submit()
    return handle
  }

  /** Everything the host can be told. */
  reap(): Told[] {
    while (this.channel.reapNow(SLOTS, this.#keep) !== 0);
    return this.told.splice(0)
  }
}
