import { expect, it } from 'vitest'
import { LOCK_CONTENDED, lockOwner } from '../../../src/abi/lock-layout.js'
import { STATUS_TIMEOUT } from '../../../src/abi/ntstatus.js'
import { SpinLock } from '../../../src/framework/spin-lock.js'
import { WaitLock } from '../../../src/framework/wait-lock.js'
import { lockPlace, LockWorkers } from '../../harness/lock-workers.js'

it('is at DISPATCH_LEVEL to the lock order', () => {
  expect(new SpinLock().kind).toBe('spin')
})

it('waits for a dead owner no longer than it takes to see that it is dead, sleepers or not', () => {
  const workers = new LockWorkers()
  const place = lockPlace()
  const dead = new SpinLock({ place, party: workers.party(1) })
  dead.acquire()
  // Somebody has gone to sleep on it.
  expect(new WaitLock({ place, party: workers.party(2) }).acquire(1)).toBe(STATUS_TIMEOUT)
  expect(place.words[place.base]).toBe(lockOwner(1, 1) | LOCK_CONTENDED)
  const party = workers.party(0)
  let looks = 0
  const mine = new SpinLock({
    place,
    party: {
      ...party,
      // The first looks come before main has heard of the death.
      isAlive: (owner) => {
        if (++looks === 3) workers.die(1)
        return party.isAlive(owner)
      },
    },
  })
  mine.acquire()
  expect(looks).toBe(3)
  expect(mine.abandoned).toBe(true)
  mine.release()
})
