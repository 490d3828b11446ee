/**
 * What a state table is: for each state what it answers to each event, as data. One row is one state of KMDF's
 * tables. Runs on: any thread; nothing here runs after the module was loaded.
 *
 *   open   the state takes ordinary events from the queue; a closed state takes priority events only
 *   on     event → next state; an event that is not listed is dropped
 *   next   what the state's entry function may answer: a state that is entered at once, or STAY.
 *          A state without `next` has no entry function.
 *   drops  events that are dropped here without a word; a drop of any other event is reported
 */

/** An entry function's answer: wait here for an event. */
export const STAY = null

export interface StateRow<State extends string, Event extends string> {
  readonly open?: true
  readonly on?: Readonly<Partial<Record<Event, State>>>
  readonly next?: readonly (State | typeof STAY)[]
  readonly drops?: readonly Event[]
}

export type StateTable<State extends string, Event extends string> = {
  readonly [S in State]: StateRow<State, Event>
}

/** Declares a table whose states are its keys, so that a row cannot name a state that has no row. */
export function stateTable<Event extends string>() {
  return <State extends string>(rows: {
    readonly [S in State]: StateRow<NoInfer<State>, Event>
  }): StateTable<State, Event> => rows
}

/** Number of (state, event) pairs that lead somewhere. */
export function countEdges(table: StateTable<string, string>): number {
  let count = 0
  for (const row of Object.values(table)) count += Object.keys(row.on ?? {}).length
  return count
}
