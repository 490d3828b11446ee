/**
 * Entry groups: the entry functions of a machine in groups of states that are visited together, each made for a
 * device when it first enters a state of it. A device that starts and stops makes a few dozen functions, not the
 * several hundred that the tables of three machines name: with all of them, adding a device took almost four times as long.
 * Runs on: the device's home worker.
 */
import type { PnpContext } from './pnp-context.js'
import type { EntryFunctions, EntrySource } from './state-machine.js'

export type EntryGroup<State extends string> = (c: PnpContext) => EntryFunctions<State>

export class EntryGroups<State extends string> {
  readonly #groups: readonly EntryGroup<State>[]
  /** Which group a state is in; found out with the first device. Of two groups with it the later one wins. */
  #groupOf: ReadonlyMap<string, EntryGroup<State>> | null = null

  constructor(groups: readonly EntryGroup<State>[]) {
    this.#groups = groups
  }

  /** Every entry function at once. */
  all(c: PnpContext): EntryFunctions<State> {
    return Object.assign({}, ...this.#groups.map((group) => group(c)))
  }

  /** The entry functions of one device, made when asked for. */
  of(c: PnpContext): EntrySource<State> {
    const groupOf = (this.#groupOf ??= this.#map(c))
    const made = new Map<EntryGroup<State>, EntryFunctions<State>>()
    return function entryOf(state: State) {
      const group = groupOf.get(state)
      if (group === undefined) return undefined
      let entries = made.get(group)
      if (entries === undefined) {
        entries = group(c)
        made.set(group, entries)
      }
      return entries[state]
    }
  }

  #map(c: PnpContext): ReadonlyMap<string, EntryGroup<State>> {
    const groups = this.#groups.map((group) => ({ group, states: Object.keys(group(c)) }))
    return new Map(groups.flatMap(({ group, states }) => states.map((state) => [state, group])))
  }
}
