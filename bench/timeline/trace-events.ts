/**
 * trace-events.ts: a recording in the trace event format of Chrome, which ui.perfetto.dev opens.
 *
 * Runs on: any thread.
 *
 *   a track per thread      what the host and each worker did, as slices; arrows follow each request from its
 *                           submit to its dispatch, its handler and its reap
 *   a track per request     async slices: in the ring, in the queue, in the handler, on its way back
 *   counters per device     how many requests are in each of these places: the queue's state
 *   a track per device      its power state, D0 or none, with the callbacks between
 *   a second track a worker awake, parked in Atomics.wait, or waiting on its event loop
 *   counters per worker     turns, parks and turns of the event loop, as the worker publishes them
 */
import type { RecordedDevice, Recording, SampledRequest, WorkerSample } from './recording.js'
import {
  beginOf,
  endOf,
  HOST,
  IRP,
  metadata,
  PID,
  slice,
  workerName,
  workerState,
  workerThread,
} from './trace-event.js'
import type { Trace, TraceEvent } from './trace-event.js'

/** Of microseconds: whole nanoseconds. */
const NS_DIGITS = 3

/** The whole trace; `about` goes along for whoever opens it. */
export function toTrace(
  recording: Recording,
  about: Readonly<Record<string, string | number>>,
): Trace {
  const { devices, requests, hostSpans, workerSpans, workerSamples } = recording
  const traceEvents = [
    ...trackNames(recording.workers),
    ...hostSpans.map(({ what, begin, end, count }) =>
      slice(HOST, what, begin, end, what === 'wait' ? {} : { requests: count }),
    ),
    ...requests.flatMap((request) => requestEvents(request, devices[request.device]!)),
    ...devices.flatMap((device, index) =>
      placeCounters(
        device,
        requests.filter((request) => request.device === index),
      ),
    ),
    ...devices.flatMap((device, index) => powerEvents(device, index, lastReap(recording))),
    ...workerSpans.map(({ worker, state, begin, end }) =>
      slice(workerState(worker), state, begin, end),
    ),
    ...workerSamples.map(workerCounters),
  ]
  return { traceEvents: inOrder(traceEvents), displayTimeUnit: 'ns', otherData: about }
}

function whole(us: number): number {
  return Number(us.toFixed(NS_DIGITS))
}

/** By time, in whole nanoseconds; what happens at one moment stays in the order in which it was written. */
function inOrder(events: readonly TraceEvent[]): TraceEvent[] {
  return events
    .map((event) => {
      const { ts, dur } = event
      return dur === undefined
        ? { ...event, ts: whole(ts) }
        : { ...event, ts: whole(ts), dur: whole(whole(ts + dur) - whole(ts)) }
    })
    .sort((left, right) => left.ts - right.ts)
}

function trackNames(workers: number): TraceEvent[] {
  const tracks: [tid: number, name: string][] = [[HOST, 'host']]
  for (let worker = 0; worker < workers; worker++) {
    tracks.push([workerThread(worker), workerName(worker)])
    tracks.push([workerState(worker), `${workerName(worker)}: awake or asleep`])
  }
  const named = tracks.flatMap(([tid, name]) => [
    metadata('thread_name', tid, { name }),
    metadata('thread_sort_index', tid, { sort_index: tid }),
  ])
  return [metadata('process_name', HOST, { name: 'irpool' }), ...named]
}

/** A request's two slices on its worker, the arrow through them, and its own track. */
function requestEvents(request: SampledRequest, device: RecordedDevice): TraceEvent[] {
  const { sample, submit, dispatch, dispatchEnd, handler, handlerEnd, reap } = request
  const tid = workerThread(device.worker)
  const args = { IRP: sample, device: device.name }
  const arrow = { name: IRP, pid: PID, cat: 'arrow', id: `${sample}` }
  return [
    slice(tid, 'dispatch', dispatch, dispatchEnd, args),
    slice(tid, 'EvtIoRead', handler, handlerEnd, args),
    { ...arrow, ph: 's', tid: HOST, ts: submit },
    { ...arrow, ph: 't', tid, ts: dispatch },
    { ...arrow, ph: 't', tid, ts: handler },
    { ...arrow, ph: 'f', bp: 'e', tid: HOST, ts: reap },
    beginOf(IRP, sample, submit, args),
    ...PLACES.flatMap((place) => [
      beginOf(place.name, sample, place.from(request)),
      endOf(place.name, sample, place.to(request)),
    ]),
    endOf(IRP, sample, reap),
  ]
}

/** Where a request is, in the order of its way. */
const PLACES: readonly {
  readonly name: string
  from(request: SampledRequest): number
  to(request: SampledRequest): number
}[] = [
  { name: 'in the ring', from: ({ submit }) => submit, to: ({ dispatch }) => dispatch },
  { name: 'in the queue', from: ({ dispatch }) => dispatch, to: ({ handler }) => handler },
  { name: 'in the handler', from: ({ handler }) => handler, to: ({ handlerEnd }) => handlerEnd },
  { name: 'on its way back', from: ({ handlerEnd }) => handlerEnd, to: ({ reap }) => reap },
]

/** How many of a device's requests are in each place, at every moment that one of them moves. */
function placeCounters(
  { name }: RecordedDevice,
  requests: readonly SampledRequest[],
): TraceEvent[] {
  const moves = requests.flatMap((request) =>
    PLACES.flatMap((place, index) => [
      { at: place.from(request), index, by: 1 },
      { at: place.to(request), index, by: -1 },
    ]),
  )
  moves.sort((left, right) => left.at - right.at)
  const counts = PLACES.map(() => 0)
  const events: TraceEvent[] = []
  for (const [position, { at, index, by }] of moves.entries()) {
    counts[index]! += by
    // What moves at one moment, leaving one place for the next, is one change.
    if (moves[position + 1]?.at === at) continue
    const args = Object.fromEntries(PLACES.map((place, which) => [place.name, counts[which]!]))
    events.push({ name: `requests of ${name}`, ph: 'C', pid: PID, tid: HOST, ts: at, args })
  }
  return events
}

/** D0 from its entry to its exit, or to the end of what was recorded; callbacks as marks. */
function powerEvents(
  { name, moments }: RecordedDevice,
  device: number,
  lastUs: number,
): TraceEvent[] {
  const track = { pid: PID, tid: HOST, cat: `power of ${name}`, id: `power-${device}` }
  const timeOf = (wanted: string) => moments.find((moment) => moment.name === wanted)?.at
  const entry = timeOf('EvtDeviceD0Entry')
  const marks = moments.map((moment): TraceEvent => ({
    ...track,
    name: moment.name,
    ph: 'n',
    ts: moment.at,
  }))
  if (entry === undefined) return marks
  const exit = timeOf('EvtDeviceD0Exit') ?? lastUs
  return [
    { ...track, name: `${name}: D0`, ph: 'b', ts: entry },
    ...marks,
    { ...track, name: `${name}: D0`, ph: 'e', ts: exit },
  ]
}

function workerCounters({ at, worker, turns, parks, eventLoopTurns }: WorkerSample): TraceEvent {
  const args = { turns, parks, 'event loop turns': eventLoopTurns }
  return { name: workerName(worker), ph: 'C', pid: PID, tid: workerThread(worker), ts: at, args }
}

function lastReap({ requests }: Recording): number {
  return Math.max(0, ...requests.map(({ reap }) => reap))
}
