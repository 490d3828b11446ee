import { expect, it } from 'vitest'
import { REQUEST_FREE } from '../../../src/dispatch/dispatched-request.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

const BLOCK = 256

it('hands out requests that their taker owns, each another one', () => {
  const { locals } = new SteppedEngine().framework()
  const taken = Array.from({ length: 2 * BLOCK + 1 }, () => locals.take())
  expect(new Set(taken).size).toBe(taken.length)
  expect(taken.every((request) => request.isOwned && request.isSpecial)).toBe(true)
  expect(new Set(taken.map((request) => request.sequence)).size).toBe(taken.length)
  expect(locals.ports).toHaveLength(3)
})

it('hands the last one that came back out again, under another sequence and without its past', () => {
  const { locals } = new SteppedEngine().framework()
  const request = locals.take()
  const { sequence } = request
  request.useExtras().status = -1
  request.context['mine'] = 1
  locals.give(request)
  expect([request.state, request.isSpecial]).toEqual([REQUEST_FREE, false])
  expect(locals.take() === request).toBe(true)
  expect(request.sequence).not.toBe(sequence)
  expect([request.getStatus(), { ...request.context }]).toEqual([0, {}])
})

it('grows by blocks and never while enough come back', () => {
  const { locals } = new SteppedEngine().framework()
  for (let i = 0; i < 10 * BLOCK; i++) locals.give(locals.take())
  expect(locals.ports).toHaveLength(1)
})
