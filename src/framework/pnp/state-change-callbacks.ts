/**
 * EvtDevicePnpStateChange, EvtDevicePowerStateChange and EvtDevicePowerPolicyStateChange: a driver's callbacks on
 * entering, leaving and having processed a state. Runs on: the device's home worker.
 * Source: WdfDeviceInitRegister…StateChangeCallback; kmdf.md 6.5. One callback a state: a later one replaces it.
 */
import { STATUS_INVALID_PARAMETER } from '../../abi/ntstatus.js'
import type { Device } from '../device.js'
import { WdfStatusError } from '../errors.js'

/** WDF_STATE_NOTIFICATION_TYPE, to be combined with `|`. */
export const STATE_NOTIFICATION_ENTER = 1
export const STATE_NOTIFICATION_POST_PROCESS = 2
export const STATE_NOTIFICATION_LEAVE = 4
export const STATE_NOTIFICATION_ALL = 7

/** What a state-change callback is told. */
export type StateNotification<State extends string> =
  | { readonly type: 'enter'; readonly currentState: State; readonly newState: State }
  | { readonly type: 'leave'; readonly currentState: State; readonly newState: State }
  | { readonly type: 'postProcess'; readonly currentState: State }

export type StateChangeCallback<State extends string> = (
  device: Device,
  notification: StateNotification<State>,
) => void

interface Registration<State extends string> {
  readonly callback: StateChangeCallback<State>
  readonly types: number
}

const TYPE_BITS = {
  enter: STATE_NOTIFICATION_ENTER,
  postProcess: STATE_NOTIFICATION_POST_PROCESS,
  leave: STATE_NOTIFICATION_LEAVE,
} as const

export class StateChangeCallbacks<State extends string> {
  readonly #table: Readonly<Record<string, unknown>>
  readonly #registered = new Map<State, Registration<State>>()

  constructor(table: Readonly<Record<string, unknown>>) {
    this.#table = table
  }

  /**
   * Has a callback called at one state.
   * @param types STATE_NOTIFICATION_… combined with `|`.
   * @throws WdfStatusError STATUS_INVALID_PARAMETER for a state that is none, no type or an unknown one, and a
   *   callback that is no function.
   */
  register(state: State, callback: StateChangeCallback<State>, types: number): void {
    if (!Object.hasOwn(this.#table, state)) {
      refuse(`"${state}" is no state of this machine`, state)
    }
    if (!Number.isInteger(types) || types <= 0 || (types & ~STATE_NOTIFICATION_ALL) !== 0) {
      refuse(`${types} is no combination of STATE_NOTIFICATION_ENTER, _POST_PROCESS, _LEAVE`, types)
    }
    if (typeof callback !== 'function') refuse('a state-change callback is a function', callback)
    this.#registered.set(state, { callback, types })
  }

  /** The callback that wants this notification of that state. */
  find(
    state: State,
    type: StateNotification<State>['type'],
  ): StateChangeCallback<State> | undefined {
    const registration = this.#registered.get(state)
    if (registration === undefined || (registration.types & TYPE_BITS[type]) === 0) return undefined
    return registration.callback
  }
}

function refuse(message: string, value: unknown): never {
  throw new WdfStatusError(STATUS_INVALID_PARAMETER, message, value)
}
