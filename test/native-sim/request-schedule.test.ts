import { describe, expect, it } from 'vitest'
import { type ArrivalProcess, ClosedLoop, FixedRate } from '../../native-sim/arrival.js'
import { Random } from '../../native-sim/random.js'
import { RequestSchedule } from '../../native-sim/request-schedule.js'
import { RandomRequests } from '../../native-sim/request-source.js'

const scheduleOf = (arrivals: ArrivalProcess, requests: number) =>
  new RequestSchedule(
    new RandomRequests({ readShare: 0, blockBytes: 512, spanBytes: 2 ** 30 }, new Random(1)),
    arrivals,
    requests,
  )

describe('RequestSchedule', () => {
  it('counts due times from the beginning, whatever the time of sending', () => {
    const schedule = scheduleOf(new FixedRate(1e6), 3)
    schedule.begin(5000)
    const due: number[] = []
    for (; schedule.hasNext(); schedule.take()) due.push(schedule.dueNs)
    expect(due).toEqual([6000, 7000, 8000])
  })

  it('keeps the next request until it is taken', () => {
    const schedule = scheduleOf(new FixedRate(1e6), 2)
    schedule.begin(0)
    expect(schedule.hasNext()).toBe(true)
    const { offsetBytes } = schedule.source
    expect([schedule.isDue(999), schedule.isDue(1000)]).toEqual([false, true])
    expect(schedule.hasNext()).toBe(true)
    expect([schedule.source.offsetBytes, schedule.dueNs]).toEqual([offsetBytes, 1000])
    schedule.take()
    expect(schedule.hasNext()).toBe(true)
    expect(schedule.source.offsetBytes).not.toBe(offsetBytes)
    schedule.take()
    expect(schedule.hasNext()).toBe(false)
  })

  it('a closed loop is due at any time', () => {
    const schedule = scheduleOf(new ClosedLoop(), Infinity)
    schedule.begin(7)
    expect([schedule.isOpenLoop, schedule.hasNext(), schedule.isDue(-1)]).toEqual([
      false,
      true,
      true,
    ])
  })

  it('counts a refusal once a request', () => {
    const schedule = scheduleOf(new FixedRate(1), 2)
    schedule.hasNext()
    schedule.refuse()
    schedule.refuse()
    expect(schedule.refusals).toBe(1)
    schedule.take()
    schedule.hasNext()
    schedule.refuse()
    expect(schedule.refusals).toBe(2)
  })
})
