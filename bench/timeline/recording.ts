/**
 * recording.ts: what was seen of an engine under load: plain data, to be drawn by trace-events.ts.
 *
 * Runs on: any thread (types only). All times are microseconds since the recording's zero.
 */
import type { Moment } from './stamp-layout.js'

/** What to record. */
export interface RecordingPlan {
  /** One device on each. */
  readonly workers: number
  /** Requests in flight. */
  readonly depth: number
  /** Requests per submit. */
  readonly batch: number
  /** Sampled requests. */
  readonly requests: number
  readonly warmupMs: number
  /** Busy work of the handler, microseconds. */
  readonly handlerUs: number
}

/** One sampled request; the times never go back. */
export interface SampledRequest {
  /** From 1. */
  readonly sample: number
  /** Index of its device. */
  readonly device: number
  /** Its submit was called. */
  readonly submit: number
  /** The worker's turn took it out of the ring, and had put it behind its queue. */
  readonly dispatch: number
  readonly dispatchEnd: number
  /** The handler's first line, and the moment before it completed the request. */
  readonly handler: number
  readonly handlerEnd: number
  /** The host's callback. */
  readonly reap: number
}

/** Something that the host's thread did. */
export interface HostSpan {
  readonly what: 'submit' | 'reap' | 'wait'
  readonly begin: number
  readonly end: number
  /** Requests that it was about. */
  readonly count: number
}

export interface RecordedDevice {
  readonly name: string
  readonly worker: number
  /** Callbacks that were called, in the order of time. */
  readonly moments: readonly { readonly name: Moment; readonly at: number }[]
}

/** What a worker was doing, as the host saw it. */
export interface WorkerSpan {
  readonly worker: number
  readonly state: 'running' | 'parked' | 'on its event loop'
  readonly begin: number
  readonly end: number
}

/** A worker's counters, as the host saw them. */
export interface WorkerSample {
  readonly at: number
  readonly worker: number
  /** Turns that found work. */
  readonly turns: number
  readonly parks: number
  readonly eventLoopTurns: number
}

export interface Recording {
  readonly workers: number
  readonly devices: readonly RecordedDevice[]
  readonly requests: readonly SampledRequest[]
  readonly hostSpans: readonly HostSpan[]
  readonly workerSpans: readonly WorkerSpan[]
  readonly workerSamples: readonly WorkerSample[]
}
