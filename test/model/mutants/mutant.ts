/**
 * Mutant: the shipped source with one protocol broken on purpose. Each must be caught by the scenario it names,
 * as the fault it names; a checker that misses one checks too little.
 */
import type { Fault } from '../engine/scenario.js'
import type { Patch } from '../engine/source-hooks.js'

export interface Mutant {
  readonly name: string
  /** What is changed in the built text. */
  readonly patches: readonly Patch[]
  /** Scenario that must catch it. */
  readonly scenario: string
  readonly fault: Fault
}

/** A mutant with changes in one file. */
export function mutant(
  name: string,
  scenario: string,
  fault: Fault,
  file: string,
  ...changes: readonly (readonly [from: string, to: string])[]
): Mutant {
  return { name, scenario, fault, patches: changes.map(([from, to]) => ({ file, from, to })) }
}
