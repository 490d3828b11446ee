/**
 * Names of the power machine's twins: `Dx` and `DxNP`. Runs on: any thread.
 */
import type { PowerState } from './power-table.js'
import type { EntryFunction, EntryFunctions } from './state-machine.js'

/** End of a state's name: none, or that of the twin for a device that is not power pageable. */
export type TwinSuffix = '' | 'NP'

/** Entries of one twin, given by the states' names without the suffix. */
export function twin(
  suffix: TwinSuffix,
  entries: Readonly<Record<string, EntryFunction<PowerState>>>,
): EntryFunctions<PowerState> {
  const named = Object.entries(entries).map(([name, entry]) => [`${name}${suffix}`, entry] as const)
  return Object.fromEntries(named)
}
