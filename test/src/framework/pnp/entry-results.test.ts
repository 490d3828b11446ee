/**
 * Every edge of every table with the real entry functions behind it: what is entered, and what entry functions
 * answer, when everything succeeds, everything fails, or a class extension does. The engine refuses an answer that
 * the table does not list; here they are counted.
 */
import { describe, expect, it } from 'vitest'
import { STATUS_PENDING, STATUS_UNSUCCESSFUL } from '../../../../src/abi/ntstatus.js'
import type { Device } from '../../../../src/framework/device.js'
import { ManualClock } from '../../../../src/framework/pnp/clock.js'
import {
  DEVICE_CALLBACK_NAMES,
  type DeviceCallbackName,
  type DeviceCallbacks,
} from '../../../../src/framework/pnp/device-callbacks.js'
import { MachineScheduler } from '../../../../src/framework/pnp/machine-scheduler.js'
import { notPolicyOwnerEntries } from '../../../../src/framework/pnp/not-policy-owner-entries.js'
import { NOT_POLICY_OWNER_TABLE } from '../../../../src/framework/pnp/not-policy-owner-table.js'
import { type DevicePnpOptions, PnpContext } from '../../../../src/framework/pnp/pnp-context.js'
import { pnpEntries } from '../../../../src/framework/pnp/pnp-entries.js'
import { PNP_TABLE } from '../../../../src/framework/pnp/pnp-table.js'
import type { PnpPowerHost } from '../../../../src/framework/pnp/pnp-power-host.js'
import { policyEntries } from '../../../../src/framework/pnp/policy-entries.js'
import { powerEntries } from '../../../../src/framework/pnp/power-entries.js'
import { POWER_POLICY_TABLE } from '../../../../src/framework/pnp/power-policy-table.js'
import { POWER_TABLE } from '../../../../src/framework/pnp/power-table.js'
import { SelfManagedIo } from '../../../../src/framework/pnp/self-managed-io.js'
import {
  type EntryFunction,
  type EntrySource,
  StateMachine,
} from '../../../../src/framework/pnp/state-machine.js'
import type { StateTable } from '../../../../src/framework/pnp/state-table.js'

const every = (status: number): DeviceCallbacks =>
  Object.fromEntries(DEVICE_CALLBACK_NAMES.map((name) => [name, () => status]))

const only = (...names: readonly DeviceCallbackName[]): DeviceCallbacks =>
  Object.fromEntries(names.map((name) => [name, () => STATUS_UNSUCCESSFUL]))

const failing = (status: number): PnpPowerHost => ({
  connectInterrupts: () => status,
  disconnectInterrupts: () => status,
  enableDma: () => status,
  disableDma: () => status,
  enableInterfaces: () => status,
  startLowerDrivers: () => status,
  initializePowerManagement: () => status,
  sendWaitWake: () => status,
  routeDevicePower: () => (status < 0 ? 'refused' : 'sent'),
  isPresent: () => status >= 0,
  wakeInterruptCount: status < 0 ? 1 : 0,
  systemManagedIdle: { declareIdle: () => status >= 0, requestActive: () => {} },
})

const SELF_MANAGED_IO = ['EvtDeviceSelfManagedIoInit', 'EvtDeviceSelfManagedIoRestart'] as const
const POST_HARDWARE = 'EvtDeviceD0EntryPostHardwareEnabled'

/** Ways in which driver, extension and host behave. */
const WAYS: Omit<DevicePnpOptions, 'device' | 'clock'>[] = [
  { callbacks: every(0), host: failing(0) },
  { callbacks: every(0) },
  { callbacks: every(STATUS_UNSUCCESSFUL), host: failing(0) },
  { callbacks: every(0), host: failing(STATUS_UNSUCCESSFUL) },
  { extensions: [{ pre: every(STATUS_UNSUCCESSFUL) }] },
  { extensions: [{ post: every(STATUS_UNSUCCESSFUL) }] },
  { host: { enableDma: () => STATUS_UNSUCCESSFUL } },
  { callbacks: only(POST_HARDWARE) },
  { extensions: [{ pre: only(POST_HARDWARE) }] },
  { callbacks: only(...SELF_MANAGED_IO) },
  { extensions: [{ post: only(...SELF_MANAGED_IO) }] },
]

/** Conditions that entry functions look at, two of each. */
const CONDITIONS = Array.from({ length: 64 }, (_, bits) => ({
  isPdo: (bits & 1) !== 0,
  isPowerPageable: (bits & 2) !== 0,
  isActive: (bits & 4) !== 0,
  isWakePending: (bits & 8) !== 0,
  hasTimedOut: (bits & 16) !== 0,
  isHeldBack: (bits & 32) !== 0,
}))
type Conditions = (typeof CONDITIONS)[number]

const OTHER_MACHINE = { state: 'ObjectCreated', post: () => {}, close: () => {} }

interface Machine {
  readonly key: 'pnp' | 'power' | 'policy'
  readonly table: StateTable<string, string>
  readonly entries: { of(c: PnpContext): (state: never) => EntryFunction<string> | undefined }
  readonly owners: readonly boolean[]
}

/** A context whose machines take events and do nothing: only the one entry function under test runs. */
function contextOf(way: object, now: Conditions, isPowerPolicyOwner: boolean): PnpContext {
  const c = new PnpContext({
    ...way,
    device: { name: 'dev' } as Device,
    clock: new ManualClock(),
    kind: now.isPdo ? 'pdo' : 'fdo',
    isPowerPageable: now.isPowerPageable,
    isPowerPolicyOwner,
  })
  const other = { ...OTHER_MACHINE, hasQueued: () => now.hasTimedOut }
  Object.assign(c, { pnp: other, power: other, policy: other })
  c.stopRefusals = now.hasTimedOut ? 1 : 0
  c.idleSettings = { ...c.idleSettings, enabled: now.isActive, wakeFromS0Capable: now.isPdo }
  c.wakeSettings = { ...c.wakeSettings, enabled: now.isActive }
  if (now.isHeldBack) holdBack(c, now)
  return c
}

/** Before each edge: what an earlier one has left behind is undone. */
function refresh(c: PnpContext, now: Conditions): void {
  Object.assign(c, { selfManagedIo: new SelfManagedIo(c.runner) })
  c.releaseDeviceIrp()
  c.sentWaitWake.cancel()
  c.receivedWaitWake.completeIndicated()
  c.receivedWaitWake.fail(STATUS_UNSUCCESSFUL)
  if (now.isWakePending) {
    c.sentWaitWake.sent()
    void c.receivedWaitWake.arrive()
  }
  c.wakeCompletionDropped = true
  if (now.isActive) c.idle.start()
  if (now.isActive && now.isHeldBack) c.idle.powerUpComplete()
}

/** Something else has to happen first: a parent is not up, a child not gone. */
function holdBack(c: PnpContext, now: Conditions): void {
  const answer = now.isActive ? STATUS_PENDING : STATUS_UNSUCCESSFUL
  const childPower = { powerUp: () => answer, poweredDown: () => {}, armed: 0 }
  c.parent = { childPower: childPower as never, childRemoved: () => {} }
  c.children.add({ pnp: OTHER_MACHINE } as never)
}

function run(
  { key, table }: Machine,
  entries: EntrySource<string>,
  [state, event]: readonly [string, string],
  seen: Set<string>,
): string | undefined {
  const entered: string[] = []
  const made = new StateMachine(
    { name: key, table, entries, initial: state, priorityEvents: new Set([event]) },
    new MachineScheduler(),
    {
      notified: (notification) => {
        if (notification.type !== 'enter') return
        const from = notification.currentState
        if (entered.push(notification.newState) > 1) seen.add(`${from} ${notification.newState}`)
      },
    },
  )
  made.post(event)
  if (table[made.state]!.next !== undefined) seen.add(`${made.state} stay`)
  return entered[0]
}

const MACHINES: Record<string, Machine> = {
  PnP: { key: 'pnp', table: PNP_TABLE, entries: pnpEntries, owners: [true, false] },
  power: {
    key: 'power',
    table: POWER_TABLE,
    entries: powerEntries,
    owners: [true, false],
  },
  policy: {
    key: 'policy',
    table: POWER_POLICY_TABLE,
    entries: policyEntries,
    owners: [true],
  },
  'not owner': {
    key: 'policy',
    table: NOT_POLICY_OWNER_TABLE,
    entries: notPolicyOwnerEntries,
    owners: [false],
  },
}
/** What no edge leads to: a child that could not be made is put there. */
const NEVER_ENTERED: Record<string, readonly string[]> = { PnP: ['PdoInitFailed Final'] }

describe.each(Object.entries(MACHINES))('%s', (name, machine) => {
  const edges = Object.entries(machine.table).flatMap(([state, { on = {} }]) =>
    Object.entries(on).map(([event, target]) => [state, event, target] as const),
  )

  it('enters what the table says, and its entry functions answer all that it lists', () => {
    const seen = new Set<string>()
    for (const way of WAYS) {
      for (const now of CONDITIONS) {
        for (const owner of machine.owners) {
          const c = contextOf(way, now, owner)
          const entries = machine.entries.of(c) as EntrySource<string>
          for (const [state, event, target] of edges) {
            refresh(c, now)
            const entered = run(machine, entries, [state, event], seen)
            if (entered !== target) throw new Error(`${state}, ${event}: ${entered}`)
          }
        }
      }
    }
    const possible = Object.entries(machine.table).flatMap(([state, { next = [] }]) =>
      next.map((to) => `${state} ${to ?? 'stay'}`),
    )
    const missing = possible.filter((answer) => !seen.has(answer))
    const answered = possible.length - missing.length
    console.log(`${name}: ${edges.length} edges entered, ${answered}/${possible.length} answers`)
    expect(missing).toEqual(NEVER_ENTERED[name] ?? [])
  })
})
