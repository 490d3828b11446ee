/**
 * Flight records: what the workers of an engine did last, read from their in-flight recorders, with the devices'
 * names. Runs on: main. A worker need not live for it.
 */
import { type FlightRecord, formatRecords, readRecords } from '../observe/in-flight-recorder.js'
import type { DeviceDirectory } from './device-directory.js'

/** Where recorders are. */
export interface RecordedWorkers {
  readonly count: number
  recorderOf(worker: number): SharedArrayBuffer
}

/** Records that a warning shows. */
const TOLD_RECORDS = 8

export class FlightRecords {
  readonly #workers: RecordedWorkers
  readonly #directory: DeviceDirectory

  constructor(workers: RecordedWorkers, directory: DeviceDirectory) {
    this.#workers = workers
    this.#directory = directory
  }

  of(worker: number, limit?: number): FlightRecord[] {
    const nameOf = (id: number): string => this.#directory.nameOf(id) ?? String(id)
    return readRecords(this.#workers.recorderOf(worker), nameOf, limit)
  }

  /** The last few of a worker, for a warning. */
  last(worker: number): string {
    return `the last records of worker ${worker}:\n${formatRecords(this.of(worker, TOLD_RECORDS))}`
  }

  /** All of every worker. */
  text(): string {
    return Array.from({ length: this.#workers.count }, (_, worker) => {
      const records = this.of(worker)
      return `in-flight records of worker ${worker}: ${records.length}\n${formatRecords(records)}\n`
    }).join('')
  }
}
