import { describe, expect, it } from 'vitest'
import { MachineScheduler } from '../../../../src/framework/pnp/machine-scheduler.js'
import {
  type EntryFunctions,
  type MachineObserver,
  StateMachine,
  type Steps,
} from '../../../../src/framework/pnp/state-machine.js'
import { STAY, stateTable } from '../../../../src/framework/pnp/state-table.js'
import { eventLoopTurn } from '../../../harness/event-loop-turn.js'
import { Gate } from '../../../harness/gate.js'

type Event = 'go' | 'back' | 'urgent' | 'never'

/** off ──go──► warming ──► on | broken ; on ──back──► off ; warming waits for urgent when it stays. */
const TABLE = stateTable<Event>()({
  off: { open: true, on: { go: 'warming' }, drops: ['back'] },
  warming: { on: { urgent: 'on' }, next: ['on', 'broken', STAY] },
  on: { open: true, on: { back: 'off' } },
  broken: { open: true },
})
type State = keyof typeof TABLE

function lamp(entries: EntryFunctions<State>, observer: MachineObserver<State, Event> = {}) {
  return new StateMachine(
    {
      name: 'lamp',
      table: TABLE,
      entries: (state) => entries[state],
      initial: 'off',
      priorityEvents: new Set(['urgent'] as const),
    },
    new MachineScheduler(),
    observer,
  )
}

describe('a state machine', () => {
  it('follows its table and its entry functions at once', () => {
    const machine = lamp({ warming: () => 'on' })
    machine.post('go')
    expect(machine.state).toBe('on')
    machine.post('back')
    expect(machine.history).toEqual(['off', 'warming', 'on', 'off'])
  })

  it('stays where its entry function says so, closed to ordinary events', () => {
    const machine = lamp({ warming: () => STAY })
    machine.post('go')
    machine.post('back')
    expect([machine.state, machine.hasQueued('back')]).toEqual(['warming', true])
    machine.post('urgent')
    expect([machine.state, machine.hasQueued('back')]).toEqual(['off', false])
  })

  it('drops what has no edge, and says whether the table knew', () => {
    const dropped: unknown[] = []
    const machine = lamp(
      { warming: () => STAY },
      { dropped: (event, state, known) => dropped.push([event, state, known]) },
    )
    for (const event of ['back', 'never', 'urgent'] as const) machine.post(event)
    expect(dropped).toEqual([
      ['back', 'off', true],
      ['never', 'off', false],
      ['urgent', 'off', false],
    ])
  })

  it('refuses events once it is closed, and tells', () => {
    const refused: unknown[] = []
    const machine = lamp({}, { refused: (event, why) => refused.push([event, why]) })
    machine.close()
    machine.post('go')
    expect([machine.state, refused]).toEqual(['off', [['go', 'closed']]])
  })

  it('tells leave, enter and post-process in order, the state changing between the last two', () => {
    const told: string[] = []
    const machine: StateMachine<State, Event> = lamp(
      { warming: () => 'on' },
      {
        notified: ({ type, currentState }) =>
          told.push(`${type} ${currentState} in ${machine.state}`),
      },
    )
    machine.post('go')
    expect(told).toEqual([
      'leave off in off',
      'enter off in off',
      'postProcess warming in warming',
      'leave warming in warming',
      'enter warming in warming',
      'postProcess on in on',
    ])
  })

  it('runs a synchronous generator without a microtask', () => {
    const yielded: unknown[] = []
    const machine = lamp({
      *warming(): Steps<State> {
        yielded.push(yield 7)
        yielded.push(yield undefined)
        return 'on'
      },
    })
    machine.post('go')
    expect([machine.state, machine.isWaiting, yielded]).toEqual(['on', true, [7, undefined]])
  })

  it('waits for promises, one entry function at a time', async () => {
    const warmth = new Gate()
    const machine = lamp({
      *warming(): Steps<State> {
        const value = yield warmth.wait()
        return value === 'hot' ? 'on' : 'broken'
      },
    })
    machine.post('go')
    machine.post('urgent')
    expect([machine.state, machine.isWaiting, machine.hasQueued('urgent')]).toEqual([
      'warming',
      false,
      true,
    ])
    warmth.open('hot')
    await eventLoopTurn()
    expect([machine.state, machine.hasQueued('urgent')]).toEqual(['on', false])
  })

  it('throws a rejection into the entry function', async () => {
    const machine = lamp({
      *warming(): Steps<State> {
        try {
          yield Promise.reject(new Error('cold'))
          return 'on'
        } catch {
          return 'broken'
        }
      },
    })
    machine.post('go')
    await eventLoopTurn()
    expect(machine.state).toBe('broken')
  })

  it('does not run inside itself: an event posted by an entry function comes after it', () => {
    let rounds = 0
    const machine: StateMachine<State, Event> = lamp({
      warming: () => {
        if (rounds++ === 0) machine.post('back')
        return 'on'
      },
    })
    machine.post('go')
    expect(machine.history).toEqual(['off', 'warming', 'on', 'off'])
  })

  it('refuses an answer that the table does not list', () => {
    expect(() => lamp({ warming: () => 'off' }).post('go')).toThrow(
      'lamp: the entry function of warming answered off',
    )
    expect(() => lamp({ on: () => 'off', warming: () => 'on' }).post('go')).toThrow('answered off')
  })

  it('can be put into a state by hand', () => {
    const machine = lamp({})
    machine.enter('broken')
    expect(machine.state).toBe('broken')
  })

  it('remembers its last sixteen states', () => {
    const machine = lamp({ warming: () => 'on' })
    for (let i = 0; i < 20; i++) {
      machine.post('go')
      machine.post('back')
    }
    expect(machine.history).toHaveLength(16)
    expect(machine.history.at(-1)).toBe('off')
  })
})
