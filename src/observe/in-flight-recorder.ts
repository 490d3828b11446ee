/**
 * In-flight recorder: always on, and cheap, because it records what happens seldom: no request passes it.
 * Layout and rules: abi/recorder-layout. Runs on: Recorder on its worker; readRecords on any thread.
 */
import {
  RECORD_A,
  RECORD_B,
  RECORD_C,
  RECORD_CODE,
  RECORD_NUMBER,
  RECORD_SHIFT,
  RECORD_TIME,
  RECORDER_NEXT,
  RECORDER_RECORDS,
  RECORDER_RECORDS_WORD,
} from '../abi/recorder-layout.js'
import { load, store } from '../sharedarraybuffer-queue/access.js'
import { recordText } from './record-text.js'

/** One record, as its reader sees it. */
export interface FlightRecord {
  /** Counts from 1 without a gap; a gap is a record that was being written when its worker died. */
  readonly number: number
  /** Milliseconds since the engine started. */
  readonly timeMs: number
  readonly text: string
}

/** The writing half. */
export class Recorder {
  readonly #words: Int32Array
  readonly #originMs: number
  #next: number

  /** `originMs`: the engine's start, as performance.timeOrigin + performance.now() gives it. */
  constructor(memory: SharedArrayBuffer, originMs: number) {
    this.#words = new Int32Array(memory)
    this.#originMs = originMs
    this.#next = load(this.#words, RECORDER_NEXT)
  }

  write(code: number, a = 0, b = 0, c = 0): void {
    const words = this.#words
    const base = placeOf(this.#next)
    const timeMs = performance.timeOrigin + performance.now() - this.#originMs
    store(words, base + RECORD_NUMBER, 0)
    store(words, base + RECORD_TIME, timeMs | 0)
    store(words, base + RECORD_CODE, code)
    store(words, base + RECORD_A, a)
    store(words, base + RECORD_B, b)
    store(words, base + RECORD_C, c)
    this.#next = (this.#next + 1) | 0
    store(words, base + RECORD_NUMBER, this.#next)
    store(words, RECORDER_NEXT, this.#next)
  }
}

/** The last records of a worker, oldest first; at most `limit`. `deviceName` turns a number into a name. */
export function readRecords(
  memory: SharedArrayBuffer,
  deviceName: (id: number) => string,
  limit = RECORDER_RECORDS,
): FlightRecord[] {
  const words = new Int32Array(memory)
  const next = load(words, RECORDER_NEXT)
  const records: FlightRecord[] = []
  for (let back = Math.min(limit, RECORDER_RECORDS); back > 0; back--) {
    const record = readRecord(words, (next - back) | 0, deviceName)
    if (record !== undefined) records.push(record)
  }
  return records
}

/** Undefined for a record that was not written, or is being written over. */
function readRecord(
  words: Int32Array,
  position: number,
  deviceName: (id: number) => string,
): FlightRecord | undefined {
  const base = placeOf(position)
  const number = (position + 1) | 0
  if (number === 0 || load(words, base + RECORD_NUMBER) !== number) return undefined
  const timeMs = load(words, base + RECORD_TIME)
  const code = load(words, base + RECORD_CODE)
  const values = [RECORD_A, RECORD_B, RECORD_C].map((word) => load(words, base + word))
  if (load(words, base + RECORD_NUMBER) !== number) return undefined
  return { number, timeMs, text: recordText(code, values, deviceName) }
}

/** `    1234 ms  device disk started`, a line a record. */
export function formatRecords(records: readonly FlightRecord[]): string {
  return records.map(({ timeMs, text }) => `${String(timeMs).padStart(8)} ms  ${text}`).join('\n')
}

function placeOf(position: number): number {
  return RECORDER_RECORDS_WORD + ((position & (RECORDER_RECORDS - 1)) << RECORD_SHIFT)
}
