import { beforeEach, describe, expect, it } from 'vitest'
import { CallbackLock } from '../../../src/framework/callback-lock.js'
import { LockOrder } from '../../../src/framework/lock-order.js'
import { violationOf } from '../../harness/violation.js'

let lock: CallbackLock
beforeEach(() => {
  lock = new CallbackLock({ name: 'callback lock of device "disk0"', kind: 'spin' })
})

describe('the callback lock', () => {
  it('is acquired and released, again and again', () => {
    for (let i = 0; i < 3; i++) {
      lock.acquire()
      lock.release()
    }
    expect(lock.tryAcquire()).toBe(true)
  })

  it('acquired twice: WDF_RECURSIVE_LOCK, and it stays held', () => {
    lock.acquire()
    expect(() => lock.acquire()).toThrow(violationOf('WDF_RECURSIVE_LOCK', lock.name))
    expect(lock.tryAcquire()).toBe(false)
    lock.release()
    expect(lock.tryAcquire()).toBe(true)
  })

  it('released without acquire: WDF_INVALID_LOCK_OPERATION', () => {
    expect(() => lock.release()).toThrow(violationOf('WDF_INVALID_LOCK_OPERATION', lock.name))
    lock.acquire()
    lock.release()
    expect(() => lock.release()).toThrow(violationOf('WDF_INVALID_LOCK_OPERATION', lock.name))
  })

  it('keeps to the lock order when there is one', () => {
    const order = new LockOrder()
    const device = new CallbackLock({ name: 'd', kind: 'passive', level: 'device', order })
    const queue = new CallbackLock({ name: 'q', kind: 'passive', level: 'queue', order })
    device.run(() => queue.run(() => expect(order.held('passive')).toEqual(['d', 'q'])))
    queue.acquire()
    expect(() => device.acquire()).toThrow(violationOf('WDF_INVALID_LOCK_OPERATION', 'd'))
    expect(device.tryAcquire()).toBe(true)
  })
})
