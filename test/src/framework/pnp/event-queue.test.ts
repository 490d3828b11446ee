import { describe, expect, it } from 'vitest'
import { EVENT_QUEUE_DEPTH, EventQueue } from '../../../../src/framework/pnp/event-queue.js'

type Event = 'a' | 'b' | 'urgent' | 'once'
const queue = (): EventQueue<Event> =>
  new EventQueue<Event>(new Set(['urgent'] as const), new Set(['once'] as const))

describe('an event queue', () => {
  it('is first in, first out for a state that is open', () => {
    const q = queue()
    for (const event of ['a', 'b', 'a'] as const) expect(q.push(event)).toBe('queued')
    expect([q.take(true), q.take(true), q.take(true), q.take(true)]).toEqual([
      'a',
      'b',
      'a',
      undefined,
    ])
  })

  it('keeps ordinary events from a closed state, and hands out priority events', () => {
    const q = queue()
    q.push('a')
    expect(q.take(false)).toBeUndefined()
    q.push('urgent')
    expect(q.take(false)).toBe('urgent')
    expect(q.take(false)).toBeUndefined()
    expect(q.take(true)).toBe('a')
  })

  it('takes the last priority event first: it goes to the head', () => {
    const q = new EventQueue<'x' | 'y'>(new Set(['x', 'y'] as const))
    q.push('x')
    q.push('y')
    expect([q.take(false), q.take(false)]).toEqual(['y', 'x'])
  })

  it('has eight places for ordinary events, and always one for a priority event', () => {
    const q = queue()
    q.push('urgent')
    for (let i = 0; i < EVENT_QUEUE_DEPTH; i++) expect(q.push('a')).toBe('queued')
    expect(q.push('b')).toBe('full')
    expect(q.push('urgent')).toBe('queued')
    expect(q.length).toBe(EVENT_QUEUE_DEPTH + 2)
    q.take(true)
    q.take(true)
    q.take(true)
    expect(q.push('b')).toBe('queued')
    expect(q.push('b')).toBe('full')
  })

  it('holds a singular event once', () => {
    const q = queue()
    expect([q.push('once'), q.push('once')]).toEqual(['queued', 'already there'])
    expect(q.has('once')).toBe(true)
    q.take(true)
    expect(q.push('once')).toBe('queued')
  })

  it('takes nothing when it is closed, and hands out what it has', () => {
    const q = queue()
    q.push('a')
    q.close()
    expect([q.push('b'), q.push('urgent')]).toEqual(['closed', 'closed'])
    expect(q.take(true)).toBe('a')
  })
})
