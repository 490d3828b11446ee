import { describe, expect, it } from 'vitest'
import type { Recording, SampledRequest } from '../../../bench/timeline/recording.js'
import { toTrace } from '../../../bench/timeline/trace-events.js'
import type { TraceEvent } from '../../../bench/timeline/trace-event.js'

function request(sample: number, device: number, at: number): SampledRequest {
  return {
    sample,
    device,
    submit: at,
    dispatch: at + 10,
    dispatchEnd: at + 11,
    handler: at + 20,
    handlerEnd: at + 25,
    reap: at + 40,
  }
}

const RECORDING: Recording = {
  workers: 2,
  devices: [
    {
      name: 'disk',
      worker: 1,
      moments: [
        { name: 'EvtDevicePrepareHardware', at: 1 },
        { name: 'EvtDeviceD0Entry', at: 2 },
        { name: 'EvtDeviceD0Exit', at: 900 },
      ],
    },
    { name: 'nic', worker: 0, moments: [{ name: 'EvtDeviceD0Entry', at: 3 }] },
  ],
  requests: [request(1, 0, 100), request(2, 1, 105)],
  hostSpans: [
    { what: 'submit', begin: 100, end: 101, count: 1 },
    { what: 'wait', begin: 110, end: 138, count: 0 },
  ],
  workerSpans: [{ worker: 1, state: 'parked', begin: 126, end: 139 }],
  workerSamples: [{ at: 140, worker: 1, turns: 7, parks: 2, eventLoopTurns: 1 }],
}
const { traceEvents: EVENTS, otherData } = toTrace(RECORDING, { cores: 2 })

function of(filter: Partial<TraceEvent>): TraceEvent[] {
  return EVENTS.filter((event) =>
    Object.entries(filter).every(([key, value]) => event[key as keyof TraceEvent] === value),
  )
}

describe('toTrace', () => {
  it('names a track for each thread', () => {
    const names = of({ name: 'thread_name' }).map(({ tid, args }) => [tid, args?.['name']])
    expect(names).toEqual([
      [0, 'host'],
      [1, 'worker 1'],
      [1000, 'worker 1: awake or asleep'],
      [2, 'worker 2'],
      [1001, 'worker 2: awake or asleep'],
    ])
    expect(otherData).toEqual({ cores: 2 })
  })

  it('puts what threads did on their tracks', () => {
    const slices = of({ ph: 'X' }).map(({ name, tid, ts, dur }) => [name, tid, ts, dur])
    expect(slices).toEqual([
      ['submit', 0, 100, 1],
      ['wait', 0, 110, 28],
      ['dispatch', 2, 110, 1],
      ['dispatch', 1, 115, 1],
      ['EvtIoRead', 2, 120, 5],
      ['EvtIoRead', 1, 125, 5],
      ['parked', 1001, 126, 13],
    ])
  })

  it('draws an arrow through the threads of each request', () => {
    const arrow = of({ cat: 'arrow', id: '1' }).map(({ ph, tid, ts }) => [ph, tid, ts])
    expect(arrow).toEqual([
      ['s', 0, 100],
      ['t', 2, 110],
      ['t', 2, 120],
      ['f', 0, 140],
    ])
  })

  it('tells where each request was, as slices that nest', () => {
    const open: string[] = []
    const log: string[] = []
    for (const { ph, name, ts } of of({ cat: 'IRP', id: '2' })) {
      const closed = ph === 'e' ? open.pop() : open.push(name) && name
      expect(closed).toBe(name)
      log.push(`${ts} ${ph} ${name}`)
    }
    expect(open).toEqual([])
    expect(log).toEqual([
      '105 b IRP',
      '105 b in the ring',
      '115 e in the ring',
      '115 b in the queue',
      '125 e in the queue',
      '125 b in the handler',
      '130 e in the handler',
      '130 b on its way back',
      '145 e on its way back',
      '145 e IRP',
    ])
  })

  it('counts the requests of each device in each place', () => {
    const counts = of({ name: 'requests of disk' }).map(({ ts, args }) => [
      ts,
      ...Object.values(args!),
    ])
    expect(counts).toEqual([
      [100, 1, 0, 0, 0],
      [110, 0, 1, 0, 0],
      [120, 0, 0, 1, 0],
      [125, 0, 0, 0, 1],
      [140, 0, 0, 0, 0],
    ])
    expect(of({ name: 'worker 2', ph: 'C' })[0]?.args).toEqual({
      turns: 7,
      parks: 2,
      'event loop turns': 1,
    })
  })

  it('shows D0 from its entry to its exit, or to the last that was seen', () => {
    const d0 = (name: string) => of({ name: `${name}: D0` }).map(({ ph, ts }) => [ph, ts])
    expect(d0('disk')).toEqual([
      ['b', 2],
      ['e', 900],
    ])
    expect(d0('nic')).toEqual([
      ['b', 3],
      ['e', 145],
    ])
    expect(of({ name: 'EvtDevicePrepareHardware' }).map(({ ph, ts }) => [ph, ts])).toEqual([
      ['n', 1],
    ])
  })

  it('is in the order of time', () => {
    const times = EVENTS.map(({ ts }) => ts)
    expect(times).toEqual(times.toSorted((left, right) => left - right))
  })
})
