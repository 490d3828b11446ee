/**
 * Engine reports: what an engine tells although nobody may listen: an event, or else a process warning.
 * Runs on: main.
 */
import type { EventEmitter } from 'node:events'
import type { ViolationReport } from '../irp/violation-report.js'
import { formatViolation } from '../observe/violation-text.js'
import type { DriverFault } from '../workers/control-plane.js'
import type { EngineEvents } from './engine-events.js'
import { Warnings } from './warnings.js'

export class EngineReports {
  readonly #engine: EventEmitter<EngineEvents>
  readonly #warnings = new Warnings()

  constructor(engine: EventEmitter<EngineEvents>) {
    this.#engine = engine
  }

  driverFault(fault: DriverFault): void {
    if (this.#engine.emit('driverFault', fault)) return
    this.warn(`${fault.callback} of device "${fault.device}" threw`, fault.error)
  }

  violation(report: ViolationReport): void {
    if (this.#engine.emit('violation', report)) return
    const { rule, device, message } = report
    this.warn(`${rule}, device "${device}"`, { message, stack: formatViolation(report) })
  }

  deviceLost(device: string, error: Error): void {
    if (this.#engine.emit('deviceLost', device, error)) return
    this.warn(`device "${device}" could not be brought back`, error)
  }

  /** `error`: an Error, or something with a message. */
  warn(what: string, error: unknown): void {
    this.#warnings.tell(what, error)
  }
}
