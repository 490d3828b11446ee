/**
 * Rules about locks and levels. Runs on: any thread.
 */
import { checked, impossible, inapplicable, type Rule } from './rule.js'

const NO_KERNEL_LOCK = 'there are no kernel spin locks: WdfSpinlock checks the Framework’s'
const NO_USB = 'there is no USB'

export const LOCK_RULES: readonly Rule[] = [
  inapplicable('Spinlock', 'A kernel spin lock is acquired and released in turn.', NO_KERNEL_LOCK),
  inapplicable('SpinlockDpc', 'So is one that is acquired at DISPATCH_LEVEL.', NO_KERNEL_LOCK),
  inapplicable('SpinlockRelease', 'A kernel spin lock is released in the end.', NO_KERNEL_LOCK),
  checked(
    'WdfSpinlock',
    'A spin lock is acquired and released in turn.',
    'release once for each acquire, and acquire only what you do not hold',
  ),
  checked(
    'WdfSpinLockRelease',
    'A callback does not end, nor await anything, holding a spin lock.',
    'release it on every path: lock.run, or `using held = lock.hold()`',
  ),
  checked(
    'WdfWaitlock',
    'A wait lock is acquired and released in turn.',
    'release once for each acquire, and acquire only what you do not hold',
  ),
  checked(
    'WdfWaitlockRelease',
    'A callback does not end holding a wait lock.',
    'release it on every path: lock.run, lock.runAsync, or `using held = lock.hold()`',
  ),
  checked(
    'WdfInterruptLock',
    'An interrupt’s lock is acquired and released in turn; its ISR holds it already.',
    'use interrupt.synchronize, or release once for each acquire',
  ),
  checked(
    'WdfInterruptLockRelease',
    'A callback does not end holding an interrupt’s lock.',
    'release it on every path, or use interrupt.synchronize',
  ),
  checked(
    'ReqSendWhileSpinlock',
    'No request is sent while a spin lock is held: the driver below may be entered at once.',
    'release the lock before send',
  ),
  impossible(
    'ParentObjectCheckLock',
    'A lock has a parent that it goes with.',
    'locks are made by their device, and garbage collection takes them when nobody can reach them',
  ),
  inapplicable(
    'ParentObjectCheck',
    'A memory object has a parent that it goes with.',
    'memory that a driver makes for itself is JavaScript’s, and goes when nobody can reach it',
  ),
  checked(
    'KmdfIrql',
    'A method is not called above its highest level, from a callback or under a lock that is.',
    'queue a work item, and call it there',
  ),
  checked(
    'KmdfIrql2',
    'A method for PASSIVE_LEVEL is not called in a callback whose execution level is dispatch.',
    "create the device or the queue with executionLevel: 'passive'",
  ),
  inapplicable('UsbKmdfIrql', 'As KmdfIrql, for USB targets.', NO_USB),
  inapplicable('UsbKmdfIrql2', 'As KmdfIrql2, for USB targets.', NO_USB),
  checked(
    'LockOrder',
    'Locks that have a level are acquired in the order of their levels (KMDF Verifier).',
    'acquire them in the same order everywhere',
  ),
]
