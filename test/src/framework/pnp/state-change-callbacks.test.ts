import { describe, expect, it } from 'vitest'
import { STATUS_INVALID_PARAMETER } from '../../../../src/abi/ntstatus.js'
import {
  STATE_NOTIFICATION_ALL,
  STATE_NOTIFICATION_ENTER,
  STATE_NOTIFICATION_LEAVE,
  STATE_NOTIFICATION_POST_PROCESS,
  StateChangeCallbacks,
} from '../../../../src/framework/pnp/state-change-callbacks.js'

const callbacks = () => new StateChangeCallbacks<'on' | 'off'>({ on: {}, off: {} })
const nothing = (): void => {}
const later = (): void => {}

describe('state-change callbacks', () => {
  it('are found by state and type', () => {
    const c = callbacks()
    c.register('on', nothing, STATE_NOTIFICATION_ENTER | STATE_NOTIFICATION_LEAVE)
    expect(c.find('on', 'enter')).toBe(nothing)
    expect(c.find('on', 'leave')).toBe(nothing)
    expect(c.find('on', 'postProcess')).toBeUndefined()
    expect(c.find('off', 'enter')).toBeUndefined()
  })

  it('are replaced by a later one', () => {
    const c = callbacks()
    c.register('on', nothing, STATE_NOTIFICATION_ALL)
    c.register('on', later, STATE_NOTIFICATION_POST_PROCESS)
    expect([c.find('on', 'enter'), c.find('on', 'postProcess')]).toEqual([undefined, later])
  })

  it.each([
    ['a state that is none', 'dim', nothing, 1],
    ['no type', 'on', nothing, 0],
    ['a type that is none', 'on', nothing, 8],
    ['half a type', 'on', nothing, 1.5],
    ['no function', 'on', 'log', 1],
  ])('refuse %s', (_what, state, callback, types) => {
    expect(() => callbacks().register(state as never, callback as never, types)).toThrow(
      expect.objectContaining({ ntstatus: STATUS_INVALID_PARAMETER }),
    )
  })
})
