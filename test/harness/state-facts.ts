/**
 * Facts about state tables as text, and a walk over a whole table: every state with every event.
 * Runs on: the test's own thread.
 */
import { MachineScheduler } from '../../src/framework/pnp/machine-scheduler.js'
import { type EntryFunction, StateMachine } from '../../src/framework/pnp/state-machine.js'
import type { StateTable } from '../../src/framework/pnp/state-table.js'

/** `event: a>b c>d` as lines `a event b`, sorted. */
export function edgesOf(text: string): string[] {
  const edges: string[] = []
  let event = ''
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (word.endsWith(':')) event = word.slice(0, -1)
    else edges.push(word.replace('>', ` ${event} `))
  }
  return edges.toSorted()
}

/** The same lines for a table. */
export function tableEdges(table: StateTable<string, string>): string[] {
  return Object.entries(table)
    .flatMap(([state, row]) =>
      Object.entries(row.on ?? {}).map(([event, target]) => `${state} ${event} ${target}`),
    )
    .toSorted()
}

export function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter(Boolean).toSorted()
}

export function openStates(table: StateTable<string, string>): string[] {
  return Object.keys(table)
    .filter((state) => table[state]!.open === true)
    .toSorted()
}

/** `state => a b stay` as lines, answers sorted. */
export function entriesOf(text: string): string[] {
  const lines = text.split('\n').filter(Boolean)
  return lines.map((line) => line.replace(/=> (.*)/, (_, to) => `=> ${sorted(to)}`)).toSorted()
}

export function tableEntries(table: StateTable<string, string>): string[] {
  return Object.entries(table)
    .flatMap(([state, { next }]) =>
      next === undefined ? [] : [`${state} => ${sorted(next.map((to) => to ?? 'stay').join(' '))}`],
    )
    .toSorted()
}

function sorted(words: string): string {
  return words.split(' ').toSorted().join(' ')
}

export interface WalkCounts {
  edges: number
  drops: number
  known: number
  queued: number
}

/**
 * Puts a machine with that table into every state and posts every event to it: an edge must be taken, anything
 * else be dropped and told, and a closed state must keep ordinary events in the queue.
 */
export function walk(
  table: StateTable<string, string>,
  events: readonly string[],
  priorityEvents: readonly string[],
): WalkCounts {
  const counts = { edges: 0, drops: 0, known: 0, queued: 0 }
  for (const state of Object.keys(table)) {
    for (const event of events) {
      const outcome = post(table, state, event, priorityEvents)
      const row = table[state]!
      const isTaken = row.open === true || priorityEvents.includes(event)
      const expected = !isTaken ? 'queued' : (row.on?.[event] ?? 'dropped')
      if (outcome !== expected) throw new Error(`${state}, ${event}: ${outcome}, not ${expected}`)
      if (expected === 'queued') counts.queued++
      else if (expected === 'dropped') counts.drops++
      else counts.edges++
      if (expected === 'dropped' && row.drops?.includes(event) === true) counts.known++
    }
  }
  return counts
}

function post(
  table: StateTable<string, string>,
  initial: string,
  event: string,
  priorityEvents: readonly string[],
): string {
  let entered: string | undefined
  let dropped: boolean | undefined
  // Entry functions that answer the first thing they may; only the first state entered counts.
  const entries: Record<string, EntryFunction<string>> = {}
  for (const [state, { next }] of Object.entries(table)) {
    if (next !== undefined) entries[state] = () => (next.includes(null) ? null : next[0]!)
  }
  const machine = new StateMachine(
    {
      name: 'walked',
      table,
      entries: (state) => entries[state],
      initial,
      priorityEvents: new Set(priorityEvents),
    },
    new MachineScheduler(),
    {
      notified: (notification) => {
        if (notification.type === 'enter') entered ??= notification.newState
      },
      dropped: (what, where, known) => {
        if (what !== event || where !== initial) throw new Error(`${what} dropped in ${where}`)
        dropped = known
      },
    },
  )
  machine.post(event)
  if (machine.hasQueued(event)) return 'queued'
  if (entered !== undefined) return entered
  const known = table[initial]!.drops?.includes(event) === true
  return dropped === known ? 'dropped' : 'dropped, and told wrongly'
}
