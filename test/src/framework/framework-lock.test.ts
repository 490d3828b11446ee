/** What all locks have in common, shown on the smallest one. */
import { beforeEach, describe, expect, it } from 'vitest'
import { CallbackLock } from '../../../src/framework/callback-lock.js'
import { violationOf } from '../../harness/violation.js'
import { eventLoopTurn } from '../../harness/event-loop-turn.js'

let lock: CallbackLock
/** Held, seen from outside. */
function isHeld(): boolean {
  if (!lock.tryAcquire()) return true
  lock.release()
  return false
}
beforeEach(() => {
  lock = new CallbackLock({ name: 'lock', kind: 'spin' })
})

function broken(): never {
  throw new Error('broken')
}

function brokenBlock(): void {
  using _held = lock.hold()
  broken()
}

async function late(): Promise<never> {
  await eventLoopTurn()
  return broken()
}

describe('hold', () => {
  it('releases at the end of the block', () => {
    {
      using held = lock.hold()
      expect(held).toBe(lock)
      expect(isHeld()).toBe(true)
    }
    expect(isHeld()).toBe(false)
  })

  it('releases when the block throws', () => {
    expect(brokenBlock).toThrow('broken')
    expect(isHeld()).toBe(false)
  })

  it('acquires, so holding twice is a violation', () => {
    using _held = lock.hold()
    expect(() => lock.hold()).toThrow(violationOf('WDF_RECURSIVE_LOCK', 'lock'))
  })
})

describe('run', () => {
  it('hands on what its function returns, and its type', () => {
    const length: number = lock.run(() => 'four'.length)
    expect(length).toBe(4)
    expect(lock.run(() => isHeld())).toBe(true)
    expect(isHeld()).toBe(false)
  })

  it('hands on what its function throws, and releases', () => {
    expect(() => lock.run(broken)).toThrow('broken')
    expect(isHeld()).toBe(false)
  })

  it('refuses an asynchronous function, whose failure ends nobody', async () => {
    expect(() => lock.run(late as () => never)).toThrow(
      violationOf('WDF_INVALID_LOCK_OPERATION', 'lock'),
    )
    expect(isHeld()).toBe(false)
    await eventLoopTurn()
    await eventLoopTurn()
  })
})
