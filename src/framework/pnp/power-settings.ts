/**
 * Settings of the power policy: when an idle device loses power, and whether it can wake itself or the system.
 * Runs on: the device's home worker. Source: WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS, …_WAKE_SETTINGS,
 * WdfDeviceAssignS0IdleSettings, WdfDeviceAssignSxWakeSettings; kmdf.md 6.9.
 */
import { STATUS_INVALID_PARAMETER } from '../../abi/ntstatus.js'
import { WdfStatusError } from '../errors.js'
import type { PowerDeviceState } from '../pnp-power-callbacks.js'
import type { SystemPowerState } from './device-callbacks.js'

export interface S0IdleSettings {
  /** Default true. */
  readonly enabled?: boolean
  /** IdleCanWakeFromS0: the device can signal wake while it idles. Default false: IdleCannotWakeFromS0. */
  readonly wakeFromS0Capable?: boolean
  /** Milliseconds without a power reference until the device is idle. Default 5000. */
  readonly idleTimeoutMs?: number
  /** State of the idle device. Default D3. */
  readonly dxState?: PowerDeviceState
  /** Bring a device that cannot wake itself to D0 when the system wakes, though nobody needs it. Default false. */
  readonly powerUpIdleDeviceOnSystemWake?: boolean
}

export interface SxWakeSettings {
  /** Default true. */
  readonly enabled?: boolean
  /** State of the device while the system sleeps. Default D3. */
  readonly dxState?: PowerDeviceState
  /** Deepest system state that the device can wake the system from. Default S3. */
  readonly deepestWakeState?: SystemPowerState
  /** Arm a bus for wake as soon as one of its children is armed. Default false. */
  readonly armForWakeIfChildrenAreArmed?: boolean
}

export const DEFAULT_IDLE_TIMEOUT_MS = 5000
const DEVICE_STATES: readonly unknown[] = ['D1', 'D2', 'D3']
const SYSTEM_STATES: readonly SystemPowerState[] = ['S0', 'S1', 'S2', 'S3', 'S4', 'S5']

/** Idle settings with every default filled in. */
export function checkedIdleSettings(settings: S0IdleSettings): Required<S0IdleSettings> {
  const { idleTimeoutMs = DEFAULT_IDLE_TIMEOUT_MS, dxState = 'D3' } = settings
  if (!Number.isFinite(idleTimeoutMs) || idleTimeoutMs < 0) {
    refuse(`idleTimeoutMs ${idleTimeoutMs} is not a number of milliseconds from 0`, idleTimeoutMs)
  }
  checkDxState(dxState)
  return {
    enabled: settings.enabled ?? true,
    wakeFromS0Capable: settings.wakeFromS0Capable ?? false,
    idleTimeoutMs,
    dxState,
    powerUpIdleDeviceOnSystemWake: settings.powerUpIdleDeviceOnSystemWake ?? false,
  }
}

/** Wake settings with every default filled in. */
export function checkedWakeSettings(settings: SxWakeSettings): Required<SxWakeSettings> {
  const { dxState = 'D3', deepestWakeState = 'S3' } = settings
  checkDxState(dxState)
  if (!SYSTEM_STATES.slice(1).includes(deepestWakeState)) {
    refuse(`deepestWakeState "${deepestWakeState}" is not one of S1 to S5`, deepestWakeState)
  }
  return {
    enabled: settings.enabled ?? true,
    dxState,
    deepestWakeState,
    armForWakeIfChildrenAreArmed: settings.armForWakeIfChildrenAreArmed ?? false,
  }
}

/** Checks a system power state that a host named. */
export function checkSystemState(state: SystemPowerState): void {
  if (!SYSTEM_STATES.includes(state)) {
    refuse(`"${state}" is no system power state: ${SYSTEM_STATES.join(', ')} are`, state)
  }
}

/** True when a device with that deepest wake state can wake the system from `state`. */
export function canWakeFrom(deepest: SystemPowerState, state: SystemPowerState): boolean {
  return SYSTEM_STATES.indexOf(state) <= SYSTEM_STATES.indexOf(deepest)
}

function checkDxState(state: PowerDeviceState): void {
  if (!DEVICE_STATES.includes(state)) refuse(`dxState "${state}" is not D1, D2 or D3`, state)
}

function refuse(message: string, value: unknown): never {
  throw new WdfStatusError(STATUS_INVALID_PARAMETER, message, value)
}
