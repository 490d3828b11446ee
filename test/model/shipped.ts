/**
 * Shipped: loads the shipped modules as the checker needs them, and sets threads up with them. The one file of
 * the checker that knows how a host, a worker and main are put together.
 * Runs on: the checker's own thread.
 */
import { register } from 'node:module'
import {
  ENGINE_ACCEPTING,
  WORKER_DOORBELL,
  WORKER_INCARNATION,
  engineBytes,
  workerBlockWord,
} from '../../src/abi/engine-layout.js'
import { IRP_MJ_READ, IRP_MJ_WRITE } from '../../src/abi/major-function.js'
import type * as ChannelFileModule from '../../src/manager/channel-file.js'
import type * as ChannelMemoryModule from '../../src/irp/channel-memory.js'
import type * as ChannelBufferModule from '../../src/irp/channel-buffer.js'
import type * as ChannelPortModule from '../../src/dispatch/channel-port.js'
import type * as DeviceDirectoryModule from '../../src/manager/device-directory.js'
import type * as DispatchTurnModule from '../../src/dispatch/dispatch-turn.js'
import type * as DoorbellModule from '../../src/sharedarraybuffer-queue/doorbell.js'
import type * as NvmeQueuesModule from '../../native-sim/nvme-queues.js'
import type * as QueueGateModule from '../../src/dispatch/queue-gate.js'
import type * as RequestChannelModule from '../../src/manager/request-channel.js'
import type * as RequestModule from '../../src/framework/request.js'
import type * as RingModule from '../../src/sharedarraybuffer-queue/spsc-ring.js'
import type * as WorkerSetModule from '../../src/manager/worker-set.js'
import type { DispatchTurn } from '../../src/dispatch/dispatch-turn.js'
import type { QueueGate } from '../../src/dispatch/queue-gate.js'
import type { Request } from '../../src/framework/request.js'
import type { ChannelMemory } from '../../src/irp/channel-memory.js'
import type { DeviceDescription } from '../../src/irp/device-description.js'
import type { ChannelBuffer } from '../../src/irp/channel-buffer.js'
import type { ChannelFile } from '../../src/manager/channel-file.js'
import type { RequestChannel } from '../../src/manager/request-channel.js'
import type { ChannelPort } from '../../src/dispatch/channel-port.js'
import type { Sleeper } from '../../src/sharedarraybuffer-queue/doorbell.js'
import type { HookData } from './engine/source-hooks.js'

/** The modules of the shipped source, bound to the stepping access port. */
export type Source = typeof RingModule &
  typeof DoorbellModule &
  typeof ChannelMemoryModule &
  typeof ChannelBufferModule &
  typeof RequestChannelModule &
  typeof ChannelFileModule &
  typeof DeviceDirectoryModule &
  typeof ChannelPortModule &
  typeof DispatchTurnModule &
  typeof QueueGateModule &
  typeof RequestModule &
  typeof WorkerSetModule &
  typeof NvmeQueuesModule

/** Paths from the build's src folder. */
const MODULES = [
  'sharedarraybuffer-queue/spsc-ring',
  'sharedarraybuffer-queue/doorbell',
  'irp/channel-memory',
  'irp/channel-buffer',
  'manager/request-channel',
  'manager/channel-file',
  'manager/device-directory',
  'manager/worker-set',
  'dispatch/channel-port',
  'dispatch/dispatch-turn',
  'dispatch/queue-gate',
  'framework/request',
  '../native-sim/nvme-queues',
] as const

/** The source as it is shipped. */
export const SHIPPED = 'shipped'

/** Makes variants of the source loadable; once a process. */
export function registerVariants(variants: HookData['variants']): void {
  const port = new URL('engine/stepping-access.js', import.meta.url).href
  const data: HookData = { port, variants }
  register(new URL('engine/source-hooks.js', import.meta.url), { data })
}

/** Loads a variant of the source. */
export async function loadSource(variant: string): Promise<Source> {
  const modules = await Promise.all(
    MODULES.map(async (name) => {
      const url = new URL(`../../src/${name}.js`, import.meta.url)
      url.search = `variant=${encodeURIComponent(variant)}`
      return (await import(url.href)) as object
    }),
  )
  return Object.assign({}, ...modules) as Source
}

export const BUFFER_BYTES = 64

/** The shared memory of an engine, its workers' words and one channel for each host. */
export class Memories {
  readonly engineWords: Int32Array
  readonly channels: ChannelMemory[] = []
  /** The model's own words: who has ended, what has been started, what handlers did. */
  readonly notes = new Int32Array(new SharedArrayBuffer(512))
  readonly workers: number

  constructor(
    source: Source,
    options: { workers?: number; hosts?: number; slots?: number; start: number },
  ) {
    const { workers = 1, hosts = 1, slots = 2, start } = options
    this.workers = workers
    this.engineWords = new Int32Array(new SharedArrayBuffer(engineBytes(workers)))
    this.engineWords[ENGINE_ACCEPTING] = 1
    for (let worker = 0; worker < workers; worker++) {
      this.engineWords[workerBlockWord(worker) + WORKER_INCARNATION] = 1
    }
    const incarnations = Array.from({ length: workers }, () => 1)
    for (let id = 1; id <= hosts; id++) {
      this.channels.push(source.createChannelMemory(id, slots, incarnations, BUFFER_BYTES, start))
    }
  }

  get regions(): { words: Int32Array; name: string }[] {
    return [
      { words: this.engineWords, name: 'engine' },
      ...this.channels.map(({ words, id }) => ({ words, name: `channel${id}` })),
      { words: this.notes, name: 'notes' },
    ]
  }

  channel(index: number): ChannelMemory {
    return this.channels[index] as ChannelMemory
  }
}

/** A completion as a host was told it. */
export interface Told {
  readonly context: number
  readonly status: number
  readonly information: number
}

/** A host's private objects. */
export interface Host {
  readonly channel: RequestChannel
  readonly file: ChannelFile
  readonly buffer: ChannelBuffer
  readonly told: Told[]
  /** By context; what prepare returned. */
  readonly handles: number[]
  /** What submit returned, in order. */
  readonly submitted: number[]
}

/** A host on its channel. Its file sends reads and writes to `route` (-1: to any worker). */
export function attachHost(
  source: Source,
  memories: Memories,
  options: { index?: number; start: number; route?: number },
): Host {
  const { index = 0, start, route = 0 } = options
  const memory = memories.channel(index)
  const channel = new source.RequestChannel(memory, memories.engineWords, start)
  const routes = Array.from({ length: 32 }, () => route)
  const description = { id: 0, name: 'device', routes } as unknown as DeviceDescription
  const file = new source.ChannelFile(memory.id, 1, new source.DeviceRoute(description))
  const { bufferByteOffset } = memory.geometry
  const bytes = new Uint8Array(memory.buffer, bufferByteOffset, BUFFER_BYTES)
  const buffer = new source.ChannelBuffer(memory.id, bytes)
  const told: Told[] = []
  channel.onSetAside = keep(told)
  return { channel, file, buffer, told, handles: [], submitted: [] }
}

/** Keeps completions in `told`. */
export function keep(told: Told[]) {
  return (context: number, status: number, information: number): void => {
    told.push({ context, status, information })
  }
}

/** Prepares a read whose handler finds `context` as its offset. */
export function prepareRead(host: Host, context: number): void {
  const { channel, file, buffer } = host
  host.handles[context] = channel.prepareRead(file, buffer, BUFFER_BYTES, context, context)
}

/** Prepares a write, which goes to the worker's second queue. */
export function prepareWrite(host: Host, context: number): void {
  const { channel, file, buffer } = host
  host.handles[context] = channel.prepareWrite(file, buffer, BUFFER_BYTES, context, context)
}

export type Handler = (worker: Worker, request: Request) => void

/** A worker's private objects. */
export interface Worker {
  readonly turn: DispatchTurn
  readonly ports: ChannelPort[]
  readonly sleeper: Sleeper
  /** The device's queues: reads go to the first, writes to the second. */
  readonly queues: QueueGate[]
  /** Offsets of the requests that a handler saw, in order. */
  readonly served: number[]
  /** What handlers kept, oldest first. */
  readonly held: Request[]
}

/** A worker with one device of two queues that present `limits` requests at once, attached to no channel. */
export function startWorker(
  source: Source,
  memories: Memories,
  options: { worker?: number; limits: readonly number[]; handler: Handler },
): Worker {
  const { worker = 0, limits, handler } = options
  const turn = new source.DispatchTurn({
    routeWithoutQueue: refuse,
    endSpecial: refuse,
    forEachRequestOf() {},
    cancelSent() {},
    callbackThrew(_gate, _callback, error) {
      throw error
    },
    handlerThrew(_request, _gate, error) {
      throw error
    },
    handlerReturned() {},
    wake() {},
    wantEventLoop() {},
  })
  const bell = workerBlockWord(worker) + WORKER_DOORBELL
  const sleeper = new source.Sleeper(memories.engineWords, bell)
  const self: Worker = { turn, ports: [], sleeper, queues: [], served: [], held: [] }
  for (const limit of limits) {
    const gate = new source.QueueGate((_gate, request) => request.finish(0, 0))
    gate.limit = limit
    gate.evtIoRead = (_gate, request) => handler(self, request as Request)
    gate.evtIoWrite = gate.evtIoRead
    self.queues.push(gate)
  }
  for (let major = 0; major < 32; major++) turn.dispatchTable.push(null)
  turn.dispatchTable[IRP_MJ_READ] = self.queues[0] as QueueGate
  turn.dispatchTable[IRP_MJ_WRITE] = self.queues[1] ?? (self.queues[0] as QueueGate)
  return self
}

/** From now on the worker polls that channel. */
export function attachPort(source: Source, self: Worker, memory: ChannelMemory, worker = 0): void {
  const port = new source.ChannelPort(
    memory,
    worker,
    self.turn,
    (owner, slot) =>
      new source.Request(owner, slot, self.turn.frameworkGate, NO_VIEWS, NO_SERVICES),
  )
  self.ports.push(port)
  self.turn.ports.push(port)
}

/** Handlers of the scenarios touch no buffer. */
const NO_VIEWS = undefined as never

/** No scenario opens a file or sends a request on. */
const NO_SERVICES = undefined as never

function refuse(request: { finish(status: number, information: number): void }): void {
  request.finish(-1, 0)
}
