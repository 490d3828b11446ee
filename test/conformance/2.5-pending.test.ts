/** 2.5: the rules of STATUS_PENDING that are left when the Framework dispatches: it always pends. */
import { expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import { statuses } from '../harness/requester.js'
import { singleQueue } from './single-queue.js'

it('2.5 sending returns before the result is known, even when the handler ends it at once', async () => {
  const { engine, requester } = await singleQueue({
    EvtIoRead: (_queue, request) => request.complete(nt.STATUS_SUCCESS),
  })
  expect(requester.read(1)).toBeGreaterThanOrEqual(0)
  engine.channel.submit()
  expect(engine.reap()).toEqual([])
  engine.settle()
  expect(statuses(engine.reap())).toEqual([[1, nt.STATUS_SUCCESS]])
})

it('2.5 a handler that returns without completing leaves the request pending', async () => {
  const { engine, requester, held } = await singleQueue()
  expect(requester.reads(1)).toEqual([])
  held[0]?.complete(nt.STATUS_SUCCESS)
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
})

it('2.5 what a handler returns is no result', async () => {
  const { engine, requester, held } = await singleQueue({
    EvtIoRead(_queue, request) {
      held.push(request)
      return nt.STATUS_NOT_SUPPORTED as unknown as undefined
    },
  })
  expect(requester.reads(1)).toEqual([])
  held[0]?.complete(nt.STATUS_SUCCESS)
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
})

it('2.5 a completed request is not touched again: a second completion is a WDF_VIOLATION', async () => {
  const { engine, requester, held } = await singleQueue()
  requester.reads(1)
  held[0]?.complete(nt.STATUS_SUCCESS)
  expect(() => held[0]?.complete(nt.STATUS_SUCCESS)).toThrow(
    expect.objectContaining({ code: 'WDF_REQUEST_FATAL_ERROR' }),
  )
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
  expect(engine.channel.ledger()).toMatchObject({ completed: 1, duplicates: 0 })
})
