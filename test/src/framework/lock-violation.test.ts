import { expect, it } from 'vitest'
import { WdfViolation } from '../../../src/dispatch/wdf-violation.js'
import {
  foreignRelease,
  lockViolation,
  promiseUnderLock,
  recursiveAcquire,
} from '../../../src/framework/lock-violation.js'

it.each([
  [recursiveAcquire, 'WDF_RECURSIVE_LOCK', /holds it already.*release it before/],
  [foreignRelease, 'WDF_INVALID_LOCK_OPERATION', /does not hold it.*once per acquire/],
  [promiseUnderLock, 'WDF_INVALID_LOCK_OPERATION', /returned a promise.*runAsync/],
] as const)('%o names the lock, the code, and what to do', (violate, code, message) => {
  const found = (): never => violate('table')
  expect(found).toThrow(WdfViolation)
  expect(found).toThrow(expect.objectContaining({ code, value: 'table', bugCheck: 0x10d }))
  expect(found).toThrow(/^lock "table": /)
  expect(found).toThrow(message)
})

it('takes any reason', () => {
  expect(() => lockViolation('WDF_INVALID_LOCK_OPERATION', 'a', 'why')).toThrow('lock "a": why')
})
