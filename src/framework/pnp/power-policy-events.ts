/**
 * Events of the two power policy machines: the owner's and the one of a device that does not own the policy.
 * Runs on: any thread; data only. Source: [WDF] fxpowerpolicystatemachine.hpp; kmdf.md 6.9.
 */

export type PowerPolicyEvent = (typeof POWER_POLICY_EVENTS)[number]

export const POWER_POLICY_EVENTS = [
  'Start',
  'Stop',
  'Sx',
  'S0',
  'PowerDown',
  'PowerUp',
  'PowerDownIoStopped',
  'PowerUpHwStarted',
  'WakeArrived',
  'WakeSuccess',
  'WakeFailed',
  'IoPresent',
  'PowerTimeoutExpired',
  'S0IdlePolicyChanged',
  'SurpriseRemove',
  'PowerDownFailed',
  'PowerUpFailed',
  'ImplicitPowerDown',
  'ImplicitPowerDownFailed',
  'PowerUpNotSeen',
  'DevicePowerNotRequired',
  'DevicePowerRequired',
  'Remove',
  'WakeInterruptFired',
] as const

/** Go to the head of the owner's queue and are taken in every state. */
export const POWER_POLICY_PRIORITY_EVENTS: readonly PowerPolicyEvent[] = [
  'PowerUp',
  'PowerDown',
  'PowerUpFailed',
  'PowerDownFailed',
  'PowerDownIoStopped',
  'PowerUpHwStarted',
  'ImplicitPowerDown',
  'ImplicitPowerDownFailed',
  'WakeArrived',
  'WakeSuccess',
  'WakeFailed',
  'PowerUpNotSeen',
  'WakeInterruptFired',
]

/** The same for a device that does not own the policy. */
export const NOT_OWNER_PRIORITY_EVENTS: readonly PowerPolicyEvent[] = [
  'PowerUp',
  'PowerUpFailed',
  'PowerDown',
  'PowerDownFailed',
]

/** Are in the queue once at most. */
export const POWER_POLICY_SINGULAR_EVENTS: readonly PowerPolicyEvent[] = [
  'S0IdlePolicyChanged',
  'WakeInterruptFired',
]
