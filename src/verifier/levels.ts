/**
 * Levels: whether a method may be called at the level at which a callback runs. Runs on: worker.
 * Source: "Maximum IRQL" of each method in wdf*.h; kmdf.md 5.1.
 */
import type { Device } from '../framework/device.js'
import type { IoQueue } from '../framework/io-queue.js'
import { type Activation, currentActivation, DIRQL, DISPATCH, PASSIVE } from './activation.js'
import type { Verifier } from './verifier.js'

/** The method is for PASSIVE_LEVEL: it waits, or makes something that does. */
export function checkPassive(
  verifier: Verifier,
  activation: Activation | null | undefined,
  method: string,
): void {
  if (activation === undefined || activation === null || activation.level === PASSIVE) return
  const { info } = activation
  const isByLevel = info.isByExecutionLevel && !activation.holdsSpinLock
  const why = activation.holdsSpinLock ? 'while a spin lock was held' : `in ${info.name}`
  verifier.violation(
    isByLevel ? 'KmdfIrql2' : 'KmdfIrql',
    `${method} is for PASSIVE_LEVEL and was called ${why}`,
  )
}

/** As checkPassive, by the callback that runs. */
export function checkPassiveHere(verifier: Verifier, method: string): void {
  checkPassive(verifier, currentActivation(), method)
}

/** The method is for DISPATCH_LEVEL and below. */
export function checkDispatchHere(verifier: Verifier, method: string): void {
  if ((currentActivation()?.level ?? PASSIVE) < DIRQL) return
  verifier.violation('KmdfIrql', `${method} was called at the level of an interrupt`)
}

/** The level of callbacks that run at an object's execution level. */
export function executionLevelOf(object: Device | IoQueue | null): number {
  return object?.executionLevel === 'passive' ? PASSIVE : DISPATCH
}
