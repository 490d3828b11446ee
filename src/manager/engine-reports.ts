/**
 * Engine reports: what an engine tells although nobody may listen: an event, or else a process warning.
 * Runs on: main.
 */
import type { EventEmitter } from 'node:events'
import type { ObjectLeak } from '../irp/device-description.js'
import type { ViolationReport } from '../irp/violation-report.js'
import { formatViolation } from '../observe/violation-text.js'
import type { DriverFault, WorkerEvent } from '../workers/control-plane.js'
import type { CallbackPlaceName, EngineEvents } from './engine-events.js'
import { Warnings } from './warnings.js'

type ToldEvent = Extract<
  WorkerEvent,
  { kind: 'driverFault' | 'violation' | 'objectLeaked' | 'stateChange' | 'lockRecovered' }
>

export class EngineReports {
  readonly #engine: EventEmitter<EngineEvents>
  readonly #warnings = new Warnings()

  readonly #lastRecords: (worker: number) => string

  /** `lastRecords`: what a worker did last, as text. */
  constructor(engine: EventEmitter<EngineEvents>, lastRecords: (worker: number) => string) {
    this.#engine = engine
    this.#lastRecords = lastRecords
  }

  /** True for an event of a worker that is only told. */
  tell(event: Exclude<WorkerEvent, { kind: 'ready' }>, worker: number): event is ToldEvent {
    switch (event.kind) {
      case 'driverFault':
        this.driverFault(event.fault, worker)
        return true
      case 'violation':
        this.violation(event.report)
        return true
      case 'objectLeaked':
        this.objectLeaked(event.leak)
        return true
      case 'stateChange':
        this.#engine.emit('deviceStateChange', event.change)
        return true
      case 'lockRecovered':
        this.#engine.emit('lockRecovered', event.recovery)
        return true
      default:
        return false
    }
  }

  workerDied(worker: number, reason: Error, places: readonly CallbackPlaceName[]): void {
    if (this.#engine.emit('workerDied', worker, reason, places)) return
    this.warn(`worker ${worker} died; ${this.#lastRecords(worker)}\nthe reason`, reason)
  }

  driverFault(fault: DriverFault, worker: number): void {
    if (this.#engine.emit('driverFault', fault, worker)) return
    this.warn(`${fault.callback} of device "${fault.device}" threw`, fault.error)
  }

  violation(report: ViolationReport): void {
    if (this.#engine.emit('violation', report)) return
    const { rule, device, message } = report
    this.warn(`${rule}, device "${device}"`, { message, stack: formatViolation(report) })
  }

  objectLeaked(leak: ObjectLeak): void {
    if (this.#engine.emit('objectLeaked', leak)) return
    const held = leak.references.map(({ tag, count }) => `${count} × "${tag}"`).join(', ')
    const what = `a ${leak.kind} of ${leak.owner}, created at ${leak.created}, is still referenced`
    this.warn(what, { message: held })
  }

  /** `worker`: where it should have come back. */
  deviceLost(device: string, error: Error, worker: number): void {
    if (this.#engine.emit('deviceLost', device, error, worker)) return
    const last = this.#lastRecords(worker)
    this.warn(`device "${device}" could not be brought back; ${last}\nthe reason`, error)
  }

  /** `error`: an Error, or something with a message. */
  warn(what: string, error: unknown): void {
    this.#warnings.tell(what, error)
  }
}
