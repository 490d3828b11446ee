import { describe, expect, it } from 'vitest'
import {
  POWER_POLICY_EVENTS,
  POWER_POLICY_PRIORITY_EVENTS,
} from '../../../../src/framework/pnp/power-policy-events.js'
import { POWER_POLICY_TABLE } from '../../../../src/framework/pnp/power-policy-table.js'
import { POLICY_EDGES, POLICY_OPEN } from '../../../fixtures/pnp-facts.js'
import { DIRECTED_POWER_EDGES, USB_SUSPEND_EDGES } from '../../../fixtures/policy-left-out.js'
import { edgesOf, openStates, tableEdges, walk, wordsOf } from '../../../harness/state-facts.js'

/** The core edges as the reference lists them, in the order of a device's life. */
const CORE = `
Start: ObjectCreated>Starting Stopped>Restarting Removed>Starting
Remove: ObjectCreated>Removed StartingFailed>Removed Stopped>StoppedRemoving Removed>Removed
PowerUp: Starting>StartingPoweredUp S0NoWakeCompletePowerUp>StartingDecideS0Wake
  SystemWakeDeviceToD0CompletePowerUp>StartingDecideS0Wake Restarting>StartingSucceeded
PowerUpFailed: Starting>StartingFailed S0NoWakePowerUp>DevicePowerRequestFailed
  S0NoWakeCompletePowerUp>DevicePowerRequestFailed Restarting>RestartingFailed
PowerDown: StartingPoweredUpFailed>StartingFailed Stopping>StoppingSendStatus
  TimerExpiredNoWake>TimerExpiredNoWakePowerDownNotProcessed
  TimerExpiredNoWakeCompletePowerDown>TimerExpiredNoWakePoweredDownDisableIdleTimer
  SleepingNoWakeCompletePowerDown>SystemAsleepNoWake
PowerDownFailed: TimerExpiredNoWakeCompletePowerDown>DevicePowerRequestFailed Stopping>StoppingFailed
PowerDownIoStopped: TimerExpiredNoWake>TimerExpiredNoWakeCompletePowerDown
  SleepingNoWakePowerDown>SleepingNoWakeCompletePowerDown
PowerUpHwStarted: S0NoWakePowerUp>S0NoWakeCompletePowerUp
  SystemWakeDeviceToD0>SystemWakeDeviceToD0CompletePowerUp
PowerUpNotSeen: S0NoWakePowerUp>DeviceD0PowerRequestFailed
Sx: Started>Sleeping StartedIdleCapable>StartedIdleCapableCancelTimerForSleep
  IdleCapableDeviceIdle>DeviceIdleSleeping WaitingUnarmed>SystemSleepFromDeviceWaitingUnarmed
S0: SystemAsleepNoWake>SystemWakeDeviceWakeDisabled
Stop: Started>Stopping StartedIdleCapable>StoppingCancelTimer IdleCapableDeviceIdle>DeviceIdleStopping
  WaitingUnarmed>StoppingResetDevice DevicePowerRequestFailed>StoppingCancelTimer
SurpriseRemove: Started>Stopping StartedIdleCapable>StoppingCancelTimer
  IdleCapableDeviceIdle>DeviceIdleStopping WaitingUnarmed>StoppingCancelTimer
  DevicePowerRequestFailed>Stopping
S0IdlePolicyChanged: Started>StartingDecideS0Wake StartedIdleCapable>StartedCancelTimer
  IdleCapableDeviceIdle>DeviceIdleReturnToActive WaitingUnarmed>S0NoWakePowerUp
IoPresent: IdleCapableDeviceIdle>DeviceIdleReturnToActive WaitingUnarmed>WaitingUnarmedQueryIdle
PowerTimeoutExpired: StartedIdleCapable>IdleCapableDeviceIdle
DevicePowerNotRequired: IdleCapableDeviceIdle>TimerExpiredNoWake
DevicePowerRequired: WaitingUnarmed>S0NoWakePowerUp
DeviceDirectedPowerDown: Started>StartedNotIdleCapableDirectedDown`

/** KMDF's table; the tables of the reference say so (kmdf.md 6.6). */
const ALL_EDGES = 257
/** What is left out, and why. */
const LEFT_OUT = [
  [
    USB_SUSPEND_EDGES,
    'USB selective suspend',
    'there is no USB stack that could say when to sleep',
  ],
  [
    DIRECTED_POWER_EDGES,
    'directed power',
    'the host suspends the system as a whole; for one device it has setPower',
  ],
] as const

describe("the power policy owner's table", () => {
  it('has the core edges of the reference, but for the one that begins directed power', () => {
    const edges = new Set(tableEdges(POWER_POLICY_TABLE))
    const core = edgesOf(CORE)
    const missing = core.filter((edge) => !edges.has(edge))
    console.log(`policy: ${core.length - missing.length}/${core.length} core edges`)
    expect(missing).toEqual(['Started DeviceDirectedPowerDown StartedNotIdleCapableDirectedDown'])
    expect(edgesOf(DIRECTED_POWER_EDGES)).toEqual(expect.arrayContaining(missing))
  })

  it("has every edge of KMDF's but those of USB selective suspend and directed power", () => {
    const edges = tableEdges(POWER_POLICY_TABLE)
    const states = Object.keys(POWER_POLICY_TABLE).length
    console.log(`policy: ${edges.length}/${ALL_EDGES} edges, ${states}/192 states`)
    expect(edges).toEqual(edgesOf(POLICY_EDGES))
    expect(edges).toHaveLength(196)
    expect(states).toBe(148)
    const others = new Set<string>()
    for (const [text, what, why] of LEFT_OUT) {
      const left = edgesOf(text)
      console.log(`policy: ${left.length} edges left out, ${what}: ${why}`)
      for (const edge of left) others.add(edge)
    }
    expect(edges.filter((edge) => others.has(edge))).toEqual([])
    expect(edges.length + others.size).toBe(ALL_EDGES)
  })

  it('is open where the reference is', () => {
    expect(openStates(POWER_POLICY_TABLE)).toEqual(wordsOf(POLICY_OPEN))
  })

  it('is walked: every state with every event', () => {
    const counts = walk(POWER_POLICY_TABLE, POWER_POLICY_EVENTS, POWER_POLICY_PRIORITY_EVENTS)
    const { edges, drops, queued } = counts
    console.log(`policy: ${edges} edges taken, ${drops} events dropped, ${queued} kept`)
    expect(edges).toBe(196)
    expect(edges + drops + queued).toBe(148 * POWER_POLICY_EVENTS.length)
  })

  it('waits in a closed state for priority events only', () => {
    for (const [state, { open, on = {} }] of Object.entries(POWER_POLICY_TABLE)) {
      if (open === true) continue
      const events = Object.keys(on) as (keyof typeof on)[]
      const stuck = events.filter((event) => !POWER_POLICY_PRIORITY_EVENTS.includes(event))
      expect([state, stuck]).toEqual([state, []])
    }
  })

  it('can reach every state from the first', () => {
    const reached = new Set<string>()
    const visit = (state: keyof typeof POWER_POLICY_TABLE): void => {
      if (reached.has(state)) return
      reached.add(state)
      const { on = {}, next = [] } = POWER_POLICY_TABLE[state]
      for (const to of [...Object.values(on), ...next]) if (to !== null) visit(to)
    }
    visit('ObjectCreated')
    expect(Object.keys(POWER_POLICY_TABLE).filter((state) => !reached.has(state))).toEqual([])
  })
})
