/**
 * The three machines of one device, put together: tables, entry functions, state-change callbacks, and what a
 * dropped event means for who waits for it. Runs on: the device's home worker.
 */
import type { CallbackName } from '../../abi/callback-names.js'
import { STATUS_INVALID_DEVICE_STATE, STATUS_SUCCESS } from '../../abi/ntstatus.js'
import { MachineScheduler } from './machine-scheduler.js'
import { notPolicyOwnerEntries } from './not-policy-owner-entries.js'
import { NOT_POLICY_OWNER_TABLE, type NotPolicyOwnerState } from './not-policy-owner-table.js'
import type { MachineName, PnpContext, PolicyState } from './pnp-context.js'
import { pnpEntries } from './pnp-entries.js'
import {
  PNP_PRIORITY_EVENTS,
  PNP_REQUEST_EVENTS,
  PNP_TABLE,
  type PnpEvent,
  type PnpState,
} from './pnp-table.js'
import { policyEntries } from './policy-entries.js'
import { powerEntries } from './power-entries.js'
import {
  NOT_OWNER_PRIORITY_EVENTS,
  POWER_POLICY_PRIORITY_EVENTS,
  POWER_POLICY_SINGULAR_EVENTS,
  type PowerPolicyEvent,
} from './power-policy-events.js'
import { POWER_POLICY_TABLE, type PowerPolicyState } from './power-policy-table.js'
import {
  POWER_PRIORITY_EVENTS,
  POWER_SINGULAR_EVENTS,
  POWER_TABLE,
  type PowerEvent,
  type PowerState,
} from './power-table.js'
import { StateChangeCallbacks, type StateNotification } from './state-change-callbacks.js'
import { isThenable, type MachineObserver, StateMachine } from './state-machine.js'

const PNP_PRIORITY: ReadonlySet<PnpEvent> = new Set(PNP_PRIORITY_EVENTS)
const POWER_PRIORITY: ReadonlySet<PowerEvent> = new Set(POWER_PRIORITY_EVENTS)
/** A mark only says: look at the device again. */
const POWER_SINGULAR: ReadonlySet<PowerEvent> = new Set<PowerEvent>([
  ...POWER_SINGULAR_EVENTS,
  'MarkPageable',
  'MarkNonpageable',
])
const POLICY_PRIORITY: ReadonlySet<PowerPolicyEvent> = new Set(POWER_POLICY_PRIORITY_EVENTS)
/** The last two: what a system that manages idle may say as often as it likes. */
const POLICY_SINGULAR: ReadonlySet<PowerPolicyEvent> = new Set<PowerPolicyEvent>([
  ...POWER_POLICY_SINGULAR_EVENTS,
  'DevicePowerNotRequired',
  'DevicePowerRequired',
])
const NOT_OWNER_PRIORITY: ReadonlySet<PowerPolicyEvent> = new Set(NOT_OWNER_PRIORITY_EVENTS)

const STATE_CHANGE_NAMES = {
  pnp: 'EvtDevicePnpStateChange',
  power: 'EvtDevicePowerStateChange',
  policy: 'EvtDevicePowerPolicyStateChange',
} as const satisfies Partial<Record<MachineName, CallbackName>>

export class DeviceMachines {
  readonly pnpCallbacks = new StateChangeCallbacks<PnpState>(PNP_TABLE)
  readonly powerCallbacks = new StateChangeCallbacks<PowerState>(POWER_TABLE)
  readonly policyCallbacks: StateChangeCallbacks<PolicyState>
  readonly #c: PnpContext
  readonly #scheduler = new MachineScheduler()

  /** Makes the context's machines, each in ObjectCreated. */
  constructor(c: PnpContext) {
    this.#c = c
    this.policyCallbacks = new StateChangeCallbacks<PolicyState>(
      c.isPolicyOwner ? POWER_POLICY_TABLE : NOT_POLICY_OWNER_TABLE,
    )
    c.pnp = this.#pnpMachine()
    c.power = this.#powerMachine()
    c.policy = c.isPolicyOwner ? this.#ownerMachine() : this.#notOwnerMachine()
  }

  #pnpMachine(): StateMachine<PnpState, PnpEvent> {
    return new StateMachine(
      {
        name: 'pnp',
        table: PNP_TABLE,
        entries: pnpEntries.of(this.#c),
        initial: 'ObjectCreated',
        priorityEvents: PNP_PRIORITY,
      },
      this.#scheduler,
      this.#observer('pnp', this.pnpCallbacks, (event, known) => this.#droppedPnp(event, known)),
    )
  }

  #powerMachine(): StateMachine<PowerState, PowerEvent> {
    return new StateMachine(
      {
        name: 'power',
        table: POWER_TABLE,
        entries: powerEntries.of(this.#c),
        initial: 'ObjectCreated',
        priorityEvents: POWER_PRIORITY,
        singularEvents: POWER_SINGULAR,
      },
      this.#scheduler,
      this.#observer('power', this.powerCallbacks, (event) => this.#droppedPower(event)),
    )
  }

  #ownerMachine(): StateMachine<PowerPolicyState, PowerPolicyEvent> {
    return new StateMachine<PowerPolicyState, PowerPolicyEvent>(
      {
        name: 'policy',
        table: POWER_POLICY_TABLE,
        entries: policyEntries.of(this.#c),
        initial: 'ObjectCreated',
        priorityEvents: POLICY_PRIORITY,
        singularEvents: POLICY_SINGULAR,
      },
      this.#scheduler,
      this.#policyObserver(),
    )
  }

  #notOwnerMachine(): StateMachine<NotPolicyOwnerState, PowerPolicyEvent> {
    return new StateMachine<NotPolicyOwnerState, PowerPolicyEvent>(
      {
        name: 'policy',
        table: NOT_POLICY_OWNER_TABLE,
        entries: notPolicyOwnerEntries.of(this.#c),
        initial: 'ObjectCreated',
        priorityEvents: NOT_OWNER_PRIORITY,
      },
      this.#scheduler,
      this.#policyObserver(),
    )
  }

  #policyObserver(): MachineObserver<PolicyState, PowerPolicyEvent> {
    const observer = this.#observer<PolicyState, PowerPolicyEvent>(
      'policy',
      this.policyCallbacks,
      (event, _known, state) => this.#droppedPolicy(event, state),
    )
    return {
      ...observer,
      taken: (event, state) => {
        observer.taken?.(event, state)
        this.#c.system.handled(event)
        if (event === 'Stop' || event === 'SurpriseRemove') this.#c.isStopping = true
      },
    }
  }

  #observer<State extends string, Event extends string>(
    machine: MachineName,
    callbacks: StateChangeCallbacks<State>,
    dropped: (event: Event, known: boolean, state?: State) => void,
  ): MachineObserver<State, Event> {
    const { observer } = this.#c
    return {
      notified: (notification) => {
        observer.transition?.(machine, notification)
        this.#notify(machine, callbacks, notification)
      },
      taken: (event, state) => observer.taken?.(machine, event, state),
      dropped: (event, state, known) => {
        observer.dropped?.(machine, event, state, known)
        dropped(event, known, state)
      },
      refused: (event, why) => {
        observer.refused?.(machine, event, why)
        // A machine that is closed or full drops what it is sent, and somebody may wait for it.
        if (why !== 'already there') dropped(event, false)
      },
    }
  }

  /** A state-change callback only watches: what it throws is reported and changes nothing. */
  #notify<State extends string>(
    machine: MachineName,
    callbacks: StateChangeCallbacks<State>,
    notification: StateNotification<State>,
  ): void {
    const { type, currentState } = notification
    const state = type === 'enter' ? notification.newState : currentState
    const callback = callbacks.find(state, type)
    if (callback === undefined) return
    const { observer, device } = this.#c
    const report = (error: unknown): void => observer.stateChangeThrew?.(state, error)
    const before = observer.calling?.(STATE_CHANGE_NAMES[machine]) ?? 0
    try {
      const result: unknown = callback(device, notification)
      if (isThenable(result)) result.then(undefined, report)
    } catch (error) {
      report(error)
    } finally {
      observer.called?.(before)
    }
  }

  #droppedPnp(event: PnpEvent, known: boolean): void {
    if (!PNP_REQUEST_EVENTS.includes(event)) return
    this.#c.requests.drop(event, known ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_STATE)
  }

  #droppedPower(event: PowerEvent): void {
    if (event === 'D0' || event === 'Dx') this.#c.releaseDeviceIrp()
    if (event === 'WakeSucceeded' || event === 'WakeFailed' || event === 'WakeCanceled') {
      this.#c.receivedWaitWake.completeIndicated()
    }
  }

  #droppedPolicy(event: PowerPolicyEvent, state: PolicyState | undefined): void {
    // The table knows no failure here and would wait for ever; either way the device is down.
    if (event === 'PowerDownFailed' && state === 'StartingPoweredUpFailed') {
      this.#c.policy.post('PowerDown')
    }
    if (event === 'Sx') this.#c.system.asleep()
    this.#c.system.handled(event)
    if (event === 'WakeSuccess' || event === 'WakeFailed') this.#c.wakeCompletionDropped = true
  }
}
