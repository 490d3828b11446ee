/**
 * trace-event.ts: one event in the trace event format of Chrome, and the kinds of it that are drawn here.
 *
 * Runs on: any thread.
 */

/** One event; `ts` and `dur` are microseconds. */
export interface TraceEvent {
  readonly name: string
  readonly ph: 'X' | 'M' | 'C' | 'b' | 'e' | 'n' | 's' | 't' | 'f'
  readonly pid: number
  readonly tid: number
  readonly ts: number
  readonly dur?: number
  readonly cat?: string
  readonly id?: string
  /** Of the end of an arrow: it belongs to the slice around it. */
  readonly bp?: 'e'
  readonly args?: Readonly<Record<string, string | number>>
}

export interface Trace {
  readonly traceEvents: readonly TraceEvent[]
  readonly displayTimeUnit: 'ns'
  readonly otherData: Readonly<Record<string, string | number>>
}

export const PID = 1
export const HOST = 0
export const IRP = 'IRP'

/** Behind all threads: the tracks of what workers were doing. */
const STATES_FROM = 1000

/** Track of a worker's thread. */
export function workerThread(worker: number): number {
  return worker + 1
}

/** Track of a worker's state. */
export function workerState(worker: number): number {
  return STATES_FROM + worker
}

/** Workers are counted from 1 for people, as `irpool profile` does. */
export function workerName(worker: number): string {
  return `worker ${worker + 1}`
}

/** A name or an order for what a viewer shows. */
export function metadata(
  name: string,
  tid: number,
  args: Record<string, string | number>,
): TraceEvent {
  return { name, ph: 'M', pid: PID, tid, ts: 0, args }
}

/** What a thread did from one moment to another. */
export function slice(
  tid: number,
  name: string,
  beginUs: number,
  endUs: number,
  args: Record<string, string | number> = {},
): TraceEvent {
  return {
    name,
    ph: 'X',
    pid: PID,
    tid,
    ts: beginUs,
    dur: Math.max(0, endUs - beginUs),
    cat: 'thread',
    args,
  }
}

/** Begin of an async slice; those of one id nest. Of one name, so that viewers pack them into few rows. */
export function beginOf(
  name: string,
  id: number,
  ts: number,
  args: Record<string, string | number> = {},
): TraceEvent {
  return { name, ph: 'b', pid: PID, tid: HOST, ts, cat: IRP, id: `${id}`, args }
}

export function endOf(name: string, id: number, ts: number): TraceEvent {
  return { name, ph: 'e', pid: PID, tid: HOST, ts, cat: IRP, id: `${id}` }
}
