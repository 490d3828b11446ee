import { describe, expect, it } from 'vitest'
import { type ArrivalProcess, Bursts, ClosedLoop, FixedRate } from '../../native-sim/arrival.js'
import { ProducerLoop, type ProducerLoopParts } from '../../native-sim/producer-loop.js'
import { Random } from '../../native-sim/random.js'
import { RequestSchedule } from '../../native-sim/request-schedule.js'
import { RandomRequests } from '../../native-sim/request-source.js'
import { ChannelBuffer, type IrpFile, STATUS_INVALID_HANDLE } from '../../src/index.js'
import { SimulatedChannel } from './fixtures/simulated-channel.js'

/** The simulated channel asks nothing of it. */
const noFile: IrpFile = JSON.parse('{}')

function loopOn(
  channel: SimulatedChannel,
  arrivals: ArrivalProcess,
  { depth = 4, requests = 100, durationMs = Infinity } = {},
) {
  const random = new Random(1)
  const source = new RandomRequests({ readShare: 0.5, blockBytes: 512, spanBytes: 2 ** 30 }, random)
  const parts: ProducerLoopParts = {
    channel,
    file: noFile,
    buffers: Array.from({ length: depth }, () => new ChannelBuffer(1, new Uint8Array(512))),
    schedule: new RequestSchedule(source, arrivals, requests),
    verifier: null,
    durationMs,
    stopWords: new Int32Array(new SharedArrayBuffer(4)),
    clock: channel.clock,
  }
  return { loop: new ProducerLoop(parts), stopWords: parts.stopWords }
}

describe('ProducerLoop in a closed loop', () => {
  it('keeps depth requests in flight, and sends each place again once it is free', () => {
    const channel = new SimulatedChannel(10_000)
    const { loop } = loopOn(channel, new ClosedLoop())
    expect(loop.interruptProducerRun()).toBe('requests')
    expect(channel.sent).toHaveLength(100)
    let lastNs = -Infinity
    for (let i = 0; i < 100; i += 4) {
      const batch = channel.sent.slice(i, i + 4)
      expect(new Set(batch.map(({ place }) => place)).size).toBe(4)
      const times = new Set(batch.map(({ atNs }) => atNs))
      expect(times.size).toBe(1)
      expect(Math.min(...times)).toBeGreaterThanOrEqual(lastNs + 10_000)
      lastNs = Math.min(...times)
    }
    const { latencyNs, latenessNs, requests } = loop.books.summary()
    expect(requests).toBe(100)
    expect(latencyNs.count).toBe(100)
    expect(latencyNs.max).toBeGreaterThanOrEqual(10_000)
    expect(latencyNs.max).toBeLessThan(11_000)
    expect([latenessNs.count, loop.schedule.refusals]).toEqual([0, 0])
  })

  it('counts a full channel as a refusal, and tries again', () => {
    const channel = new SimulatedChannel(10_000)
    channel.slots = 1
    const { loop } = loopOn(channel, new ClosedLoop(), { requests: 10 })
    expect(loop.interruptProducerRun()).toBe('requests')
    expect(channel.sent).toHaveLength(10)
    expect(loop.schedule.refusals).toBe(9)
  })
})

describe('ProducerLoop in an open loop', () => {
  it('sends at the due time, not before, and sleeps until 50 µs before it', () => {
    const channel = new SimulatedChannel(10_000)
    const startNs = channel.nowNs
    const { loop } = loopOn(channel, new FixedRate(1000), { requests: 20 })
    expect(loop.interruptProducerRun()).toBe('requests')
    channel.sent.forEach(({ atNs }, i) => {
      const lateNs = atNs - startNs - (i + 1) * 1e6
      expect(lateNs).toBeGreaterThanOrEqual(0)
      expect(lateNs).toBeLessThan(1000)
    })
    expect(Math.max(...channel.waitsMs)).toBeGreaterThan(0.9)
    expect(Math.max(...channel.waitsMs)).toBeLessThanOrEqual(10)
    expect(loop.books.summary().latenessNs).toMatchObject({ count: 20 })
    expect(loop.schedule.refusals).toBe(0)
  })

  it('learns how late it wakes up, and is in time from then on', () => {
    const channel = new SimulatedChannel(10_000)
    channel.oversleepNs = 90_000
    const startNs = channel.nowNs
    const { loop } = loopOn(channel, new FixedRate(1000), { requests: 60 })
    loop.interruptProducerRun()
    const lateNs = channel.sent.map(({ atNs }, i) => atNs - startNs - (i + 1) * 1e6)
    expect(lateNs[0]).toBeGreaterThan(30_000)
    expect(Math.max(...lateNs.slice(20))).toBeLessThan(1000)
  })

  it('latency counts from the due time when places are scarce; each such arrival is one refusal', () => {
    const channel = new SimulatedChannel(1e6)
    const { loop } = loopOn(channel, new Bursts(10, 1000), { depth: 1, requests: 10 })
    loop.interruptProducerRun()
    const { latencyNs, latenessNs } = loop.books.summary()
    expect(channel.sent).toHaveLength(10)
    // Ten at once, one after the other, 1 ms each: 1, 2, … 10 ms.
    expect(latencyNs.max).toBeGreaterThanOrEqual(10e6)
    expect(latencyNs.max).toBeLessThan(10.1e6)
    expect(latencyNs.mean).toBeGreaterThanOrEqual(5.5e6)
    expect(latenessNs.max).toBeGreaterThanOrEqual(9e6)
    expect(loop.schedule.refusals).toBe(9)
  })
})

describe('ProducerLoop ends', () => {
  it('when its time is over, with everything completed', () => {
    const channel = new SimulatedChannel(10_000)
    const options = { requests: Infinity, durationMs: 5 }
    const { loop } = loopOn(channel, new ClosedLoop(), options)
    expect(loop.interruptProducerRun()).toBe('duration')
    const { requests, seconds } = loop.books.summary()
    expect(requests).toBe(channel.sent.length)
    expect(seconds).toBeGreaterThanOrEqual(0.005)
    expect(loop.inFlight).toBe(0)
  })

  it('when it is told to stop', () => {
    const channel = new SimulatedChannel(10_000)
    const { loop, stopWords } = loopOn(channel, new ClosedLoop(), { requests: Infinity })
    channel.onWait = (count) => {
      if (count === 10) stopWords[0] = 1
    }
    expect(loop.interruptProducerRun()).toBe('stop')
    expect(loop.books.summary().requests).toBe(40)
  })

  it('when the engine takes no more; what was prepared then never happened', () => {
    const channel = new SimulatedChannel(10_000)
    const { loop } = loopOn(channel, new ClosedLoop(), { requests: Infinity })
    channel.onWait = (count) => {
      channel.isAccepting = count < 3
    }
    expect(loop.interruptProducerRun()).toBe('engine-stopped')
    expect(loop.books.summary().requests).toBe(channel.sent.length)
    expect(loop.inFlight).toBe(0)
  })

  it('when the engine takes no more while nothing is due', () => {
    const channel = new SimulatedChannel(10_000)
    channel.isAccepting = false
    const { loop } = loopOn(channel, new FixedRate(0.001))
    expect(loop.interruptProducerRun()).toBe('engine-stopped')
    expect(channel.waitsMs).toHaveLength(1)
  })

  it('cancels requests that do not complete', () => {
    const channel = new SimulatedChannel(Infinity)
    const { loop } = loopOn(channel, new ClosedLoop(), { requests: 3 })
    expect(loop.interruptProducerRun()).toBe('requests')
    expect(loop.books.summary().failureStatuses).toEqual({ STATUS_CANCELLED: 3 })
    expect(loop.books.summary().seconds).toBeGreaterThanOrEqual(5)
  })

  it('without them, if even that does not help', () => {
    const channel = new SimulatedChannel(Infinity)
    channel.cancelAll = () => {}
    const { loop } = loopOn(channel, new ClosedLoop(), { requests: 3 })
    expect(loop.interruptProducerRun()).toBe('requests')
    expect([loop.inFlight, loop.books.summary().requests]).toEqual([3, 0])
  })

  it('with an error when the channel refuses for another reason', () => {
    const channel = new SimulatedChannel(1)
    channel.refuseAll = STATUS_INVALID_HANDLE
    const { loop } = loopOn(channel, new ClosedLoop())
    expect(() => loop.interruptProducerRun()).toThrow(/STATUS_INVALID_HANDLE/)
  })
})
