/**
 * Control plane: what main asks of a worker, over Comlink. No IRP ever travels here.
 * Runs on: both sides; types and plain data only.
 */
import type { MessagePort } from 'node:worker_threads'
import type { ChannelMemoryDescriptor } from '../irp/channel-memory.js'
import type { QueueChange } from '../framework/io-queue.js'
import type { VerifierSettings, VerifierSummary, ViolationReport } from '../irp/violation-report.js'
import type { RemoteAnswer } from './remote-io.js'
import type {
  DeviceDescription,
  DeviceSpec,
  ChildSpec,
  ErrorReport,
  LockRecovery,
  ObjectLeak,
  PluggedChild,
  DeviceStateChange,
  PowerRequest,
} from '../irp/device-description.js'

/** A result that keeps an error's code and status, which a thrown error loses between threads. */
export type Outcome<T> = { readonly value: T } | { readonly error: ErrorReport }

/** What a worker does for main. */
export interface WorkerControl {
  attachChannel(descriptor: ChannelMemoryDescriptor): void
  /** The host of a channel has died. */
  releaseChannel(id: number, patienceMs: number): Promise<Outcome<null>>
  /** `startIfAlone`: starts it, too, when no other worker has a part of it. */
  addDevice(spec: DeviceSpec, startIfAlone?: boolean): Promise<Outcome<DeviceDescription>>
  startDevice(id: number): Promise<Outcome<null>>
  stopDevice(id: number, patienceMs: number, isSurprise?: boolean): Promise<Outcome<null>>
  power(id: number, request: PowerRequest): Promise<Outcome<number>>
  removeDevice(id: number): Promise<void>
  /** Requests held here, and whether anything is still in a submission ring. */
  outstanding(): { held: number; waiting: boolean }
  changeQueue(device: number, queue: number, change: QueueChange): Promise<Outcome<null>>
  /** Main's answer to a `changeQueue` event. */
  queueChanged(token: number): void
  /** Main's answer to an `openRemote` event. */
  remoteOpened(token: number, answer: RemoteAnswer): void
  unload(): Promise<void>
  /** What the verifier has done; null when it is off. */
  verifierSummary(): VerifierSummary | null
}

/** A driver's callback threw; told to main, which tells the user. */
export interface DriverFault {
  readonly device: string
  readonly callback: string
  readonly error: ErrorReport
}

/** What a worker is started with. */
export interface WorkerStart {
  readonly worker: number
  readonly workerCount: number
  readonly incarnation: number
  readonly engine: SharedArrayBuffer
  readonly waitStrategy: 'busy-spin' | 'adaptive' | 'park' | 'event-loop'
  readonly spins: number
  /** The worker's interrupt block. */
  readonly interrupts: SharedArrayBuffer
  /** Tell every state that a device's machines enter. */
  readonly stateEvents: boolean
  /** Memory of the worker's in-flight recorder, and the engine's start on the clock of all threads. */
  readonly recorder: SharedArrayBuffer
  readonly originMs: number
  /** Milliseconds that a driver's promise may take. */
  readonly callbackTimeoutMs: number
  /** Null: the verifier is off, and not even loaded. */
  readonly verifier: VerifierSettings | null
}

/** The task of a worker's one Piscina run. */
export interface WorkerTask extends WorkerStart {
  /** Comlink's port. */
  readonly control: MessagePort
  /** The worker says its thread id once, then driver faults. */
  readonly events: MessagePort
}

/** A driver opens a device by name. */
export interface OpenRemoteEvent {
  readonly token: number
  readonly device: string
  /** The device, or the level of its stack, that wants to send there. */
  readonly opener: number
}

/** A driver changes the state of a queue that lives on other workers too. */
export interface QueueChangeEvent {
  readonly token: number
  readonly device: number
  readonly queue: number
  readonly change: QueueChange
}

/** A message on the events port. */
export type WorkerEvent =
  | { readonly kind: 'ready'; readonly threadId: number }
  | { readonly kind: 'driverFault'; readonly fault: DriverFault }
  | { readonly kind: 'violation'; readonly report: ViolationReport }
  | ({ readonly kind: 'openRemote' } & OpenRemoteEvent)
  | { readonly kind: 'stateChange'; readonly change: DeviceStateChange }
  | { readonly kind: 'childPlugged'; readonly child: PluggedChild }
  | { readonly kind: 'childUnplugged'; readonly child: ChildSpec }
  | { readonly kind: 'objectLeaked'; readonly leak: ObjectLeak }
  | { readonly kind: 'lockRecovered'; readonly recovery: LockRecovery }
  | ({ readonly kind: 'changeQueue' } & QueueChangeEvent)
