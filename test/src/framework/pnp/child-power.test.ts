import { describe, expect, it } from 'vitest'
import { STATUS_PENDING, STATUS_SUCCESS } from '../../../../src/abi/ntstatus.js'
import { ChildPower } from '../../../../src/framework/pnp/child-power.js'
import { ManualClock } from '../../../../src/framework/pnp/clock.js'
import { IdleReferences } from '../../../../src/framework/pnp/idle-references.js'

function parent(isPolicyOwner = true) {
  const idle = new IdleReferences(new ManualClock(), 10, {
    timeoutExpired: () => {},
    ioPresent: () => {},
  })
  idle.start()
  const woken: string[] = []
  const child = (name: string) => ({ parentInD0: () => void woken.push(name) })
  return { idle, power: new ChildPower(idle, isPolicyOwner), woken, child }
}

describe('the power of children', () => {
  it('is theirs at once while the parent is up and allows it; it stays up for them', () => {
    const { idle, power, child } = parent()
    idle.powerUpComplete()
    power.allow()
    const one = child('one')
    expect(power.powerUp(one)).toBe(STATUS_SUCCESS)
    expect([idle.count, power.poweredOn]).toEqual([1, 1])
    power.poweredDown(one)
    expect([idle.count, power.poweredOn]).toEqual([0, 0])
  })

  it('is waited for, in order', () => {
    const { idle, power, woken, child } = parent()
    expect(power.powerUp(child('one'))).toBe(STATUS_PENDING)
    idle.powerUpComplete()
    power.block()
    expect(power.powerUp(child('two'))).toBe(STATUS_PENDING)
    expect(woken).toEqual([])
    power.allow()
    expect(woken).toEqual(['one', 'two'])
    power.allow()
    expect(woken).toHaveLength(2)
  })

  it('is refused by a parent that has stopped', () => {
    const { idle, power, child } = parent()
    idle.stop()
    expect(power.powerUp(child('one'))).toBeLessThan(0)
    expect(power.poweredOn).toBe(0)
  })

  it('is not given back twice when the parent failed meanwhile', () => {
    const { idle, power, child } = parent()
    const one = child('one')
    power.powerUp(one)
    idle.fail()
    expect(idle.count).toBe(0)
    power.poweredDown(one)
    expect(idle.count).toBe(0)
  })

  it('is not the business of a parent that does not own the policy', () => {
    const { idle, power, child } = parent(false)
    expect(power.powerUp(child('one'))).toBe(STATUS_SUCCESS)
    expect([idle.count, power.poweredOn]).toEqual([0, 1])
  })
})
