import { describe, expect, it } from 'vitest'
import {
  STATE_NOTIFICATION_ENTER,
  STATE_NOTIFICATION_LEAVE,
} from '../../../../src/framework/pnp/state-change-callbacks.js'
import { notPolicyOwnerEntries } from '../../../../src/framework/pnp/not-policy-owner-entries.js'
import { NOT_POLICY_OWNER_TABLE } from '../../../../src/framework/pnp/not-policy-owner-table.js'
import { PnpContext } from '../../../../src/framework/pnp/pnp-context.js'
import { pnpEntries } from '../../../../src/framework/pnp/pnp-entries.js'
import { PNP_TABLE } from '../../../../src/framework/pnp/pnp-table.js'
import { policyEntries } from '../../../../src/framework/pnp/policy-entries.js'
import { powerEntries } from '../../../../src/framework/pnp/power-entries.js'
import { POWER_POLICY_TABLE } from '../../../../src/framework/pnp/power-policy-table.js'
import { POWER_TABLE } from '../../../../src/framework/pnp/power-table.js'
import type { StateTable } from '../../../../src/framework/pnp/state-table.js'
import { eventLoopTurn } from '../../../harness/event-loop-turn.js'
import { PnpStage } from '../../../harness/pnp-stage.js'

describe('entry functions', () => {
  const c = new PnpContext({ device: { name: 'x' } as never })
  it.each<[string, StateTable<string, string>, object]>([
    ['PnP', PNP_TABLE, pnpEntries.all(c)],
    ['power', POWER_TABLE, powerEntries.all(c)],
    ['policy', POWER_POLICY_TABLE, policyEntries.all(c)],
    ['not owner', NOT_POLICY_OWNER_TABLE, notPolicyOwnerEntries.all(c)],
  ])('of %s are there for exactly the states that have one', (_name, table, entries) => {
    const states = Object.keys(table).filter((state) => table[state]!.next !== undefined)
    expect(Object.keys(entries).toSorted()).toEqual(states.toSorted())
  })
})

describe('state-change callbacks', () => {
  it('are called at their state, for the types asked for, in all three machines', async () => {
    const stage = new PnpStage()
    const seen: string[] = []
    stage.pnp.onPnpStateChange('Started', (device, n) => {
      seen.push(`pnp ${device.name} ${n.type} ${n.currentState}`)
    })
    stage.pnp.onPowerStateChange(
      'D0Starting',
      (_device, n) => {
        seen.push(`power ${n.type} ${n.currentState} ${n.type === 'leave' ? n.newState : ''}`)
      },
      STATE_NOTIFICATION_LEAVE,
    )
    stage.pnp.onPowerPolicyStateChange(
      'Starting',
      (_device, n) => {
        seen.push(`policy ${n.type} ${n.currentState}`)
      },
      STATE_NOTIFICATION_ENTER,
    )
    await stage.pnp.start()
    await stage.pnp.remove()
    expect(seen).toEqual([
      'policy enter ObjectCreated',
      'power leave D0Starting D0StartingConnectInterrupt',
      'pnp dev enter EnableInterfaces',
      'pnp dev postProcess Started',
      'pnp dev leave Started',
    ])
  })

  it('change nothing when they throw or reject, and are reported', async () => {
    const stage = new PnpStage()
    stage.pnp.onPnpStateChange(
      'Started',
      () => {
        throw new Error('oh')
      },
      STATE_NOTIFICATION_ENTER,
    )
    stage.pnp.onPnpStateChange(
      'HardwareAvailable',
      () => Promise.reject(new Error('no')),
      STATE_NOTIFICATION_ENTER,
    )
    expect(await stage.pnp.start()).toBe(0)
    await eventLoopTurn()
    expect(stage.notes).toEqual(['Started threw Error: oh', 'HardwareAvailable threw Error: no'])
  })

  it('refuse a state that is none', () => {
    const stage = new PnpStage()
    expect(() => stage.pnp.onPnpStateChange('D0' as never, () => {})).toThrow(/"D0" is no state/)
  })
})

describe('events that are dropped', () => {
  it('end what somebody waits for: known drops well, others not', async () => {
    const stage = await new PnpStage().started()
    expect(await stage.pnp.stop()).toBeLessThan(0)
    await stage.pnp.surpriseRemove()
    expect(await stage.pnp.queryRemove()).toBe(0)
    expect(await stage.pnp.queryStop()).toBeLessThan(0)
    expect(stage.drops.filter((drop) => /Stop |Query/.test(drop))).toEqual([
      'pnp Stop Started',
      'pnp QueryRemove FailedWaitForRemove (known)',
      'pnp QueryStop FailedWaitForRemove',
    ])
  })

  it('end a power request of another driver', async () => {
    const stage = await new PnpStage({ isPowerPolicyOwner: false }).started()
    expect(await stage.pnp.setDevicePower('D0')).toBe(0)
    expect(stage.drops.at(-1)).toBe('power D0 D0 (known)')
  })

  it('let the system sleep', async () => {
    const stage = await new PnpStage().started()
    await stage.pnp.queryStop()
    await stage.pnp.stop()
    await stage.pnp.setSystemPower('S3')
    expect(stage.drops.at(-1)).toBe('policy Sx Stopped')
  })
})
