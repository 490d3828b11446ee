import { describe, expect, it } from 'vitest'
import {
  STATUS_PENDING,
  STATUS_POWER_STATE_INVALID,
  STATUS_SUCCESS,
} from '../../../../src/abi/ntstatus.js'
import { ManualClock } from '../../../../src/framework/pnp/clock.js'
import { IdleReferences } from '../../../../src/framework/pnp/idle-references.js'

function references() {
  const told: string[] = []
  const clock = new ManualClock()
  const idle = new IdleReferences(clock, 100, {
    timeoutExpired: () => told.push('timeout'),
    ioPresent: () => told.push('io'),
  })
  const settled: number[] = []
  const take = (): number => idle.reference((status) => settled.push(status))
  return { idle, clock, told, settled, take }
}

/** Started, in D0, the time-out enabled. */
function inD0() {
  const all = references()
  all.idle.start()
  all.idle.powerUpComplete()
  all.idle.enableTimer()
  return all
}

describe('power references', () => {
  it('are refused before the start and after the stop', () => {
    const { idle, take } = references()
    expect(take()).toBe(STATUS_POWER_STATE_INVALID)
    idle.start()
    expect(take()).toBe(STATUS_PENDING)
    idle.stop()
    expect(take()).toBe(STATUS_POWER_STATE_INVALID)
    expect(idle.count).toBe(0)
  })

  it('wait for the start without asking for it', () => {
    const { idle, told, settled, take } = references()
    idle.start()
    take()
    idle.powerUpComplete()
    expect([told, settled, idle.count]).toEqual([[], [STATUS_SUCCESS], 1])
  })

  it('hold the time-out off, and the last one starts it', () => {
    const { idle, clock, told, take } = inD0()
    expect([take(), take()]).toEqual([STATUS_SUCCESS, STATUS_SUCCESS])
    clock.advance(1000)
    idle.dereference()
    clock.advance(1000)
    idle.dereference()
    clock.advance(99)
    expect(told).toEqual([])
    clock.advance(1)
    expect(told).toEqual(['timeout'])
    clock.advance(1000)
    expect(told).toEqual(['timeout'])
  })

  it('cannot be given back when nobody holds one', () => {
    expect(() => inD0().idle.dereference()).toThrow(/nobody holds/)
  })

  it('ask for the device once while it is down, and again after it was looked at', () => {
    const { idle, clock, told, settled, take } = inD0()
    clock.advance(100)
    idle.powerDown()
    expect([take(), take()]).toEqual([STATUS_PENDING, STATUS_PENDING])
    expect(told).toEqual(['timeout', 'io'])
    expect(idle.mayStayIdle()).toBe(false)
    idle.powerUpComplete()
    expect(settled).toEqual([STATUS_SUCCESS, STATUS_SUCCESS])
    idle.dereference()
    idle.dereference()
    idle.powerDown()
    expect(idle.mayStayIdle()).toBe(true)
  })

  it('that come after the time-out wait, until the device turns back or comes back', () => {
    const { idle, clock, settled, take } = inD0()
    clock.advance(100)
    expect(idle.isInD0).toBe(false)
    expect(take()).toBe(STATUS_PENDING)
    idle.disableTimer()
    expect([settled, idle.isInD0]).toEqual([[STATUS_SUCCESS], true])
    idle.dereference()
    idle.enableTimer()
    clock.advance(100)
    take()
    idle.enableTimer()
    expect(settled).toEqual([STATUS_SUCCESS, STATUS_SUCCESS])
  })

  it('are lost when the device fails: who waits is told, who holds one keeps it', () => {
    const { idle, clock, settled, take } = inD0()
    take()
    idle.powerDown()
    take()
    idle.fail()
    expect(settled).toEqual([STATUS_POWER_STATE_INVALID])
    expect(idle.count).toBe(1)
    expect(take()).toBe(STATUS_POWER_STATE_INVALID)
    idle.dereference()
    clock.advance(1000)
    idle.start()
    expect(take()).toBe(STATUS_PENDING)
    idle.reset()
    expect(idle.count).toBe(0)
  })

  it('run no time-out while it is disabled', () => {
    const { idle, clock, told } = inD0()
    idle.disableTimer()
    clock.advance(1000)
    idle.timeoutMs = 10
    idle.enableTimer()
    clock.advance(10)
    expect(told).toEqual(['timeout'])
  })
})
