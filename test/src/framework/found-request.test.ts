/** Found requests: a tag stands for one IRP in one queue. Rules of use: test/conformance/3.6. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../../src/abi/ntstatus.js'
import type { IoQueue } from '../../../src/framework/io-queue.js'
import { deviceDriver } from '../../harness/inline-driver.js'
import { Requester } from '../../harness/requester.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

describe('a found request', () => {
  it('is in its queue until it is taken, forwarded or cancelled, and again after a requeue', async () => {
    const engine = new SteppedEngine({ slots: 1 })
    const queues: IoQueue[] = []
    await engine.addDevice(
      deviceDriver((device) => {
        queues.push(device.createIoQueue({ dispatchType: 'manual', defaultQueue: true }))
        queues.push(device.createIoQueue({ dispatchType: 'manual' }))
      }),
    )
    const [first, second] = queues as [IoQueue, IoQueue]
    const requester = new Requester(engine)
    requester.reads(1)
    const tag = first.findRequest()
    expect([tag?.isIn(first), tag?.isIn(second)]).toEqual([true, false])
    const request = first.retrieveNextRequest()
    expect(tag?.isIn(first)).toBe(false)
    request?.requeue()
    expect(tag?.isIn(first)).toBe(true)
    first.retrieveNextRequest()?.forwardToIoQueue(second)
    expect([tag?.isIn(first), tag?.isIn(second)]).toEqual([false, true])
    second.retrieveNextRequest()?.complete(nt.STATUS_SUCCESS)
    engine.settle()
    engine.reap()
    // The one slot carries the next request, in the same object.
    requester.reads(2)
    expect(first.findRequest()?.request).toBe(tag?.request)
    expect(tag?.isIn(first)).toBe(false)
  })
})
