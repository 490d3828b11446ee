import { expect, it } from 'vitest'
import { WdfViolation } from '../../../src/dispatch/wdf-violation.js'

it('is an error with KMDF’s code, its bug check and the offending value', () => {
  const violation = new WdfViolation('WDF_QUEUE_FATAL_ERROR', 'two stops', 2)
  expect(violation).toBeInstanceOf(Error)
  expect(violation).toMatchObject({
    name: 'WdfViolation',
    code: 'WDF_QUEUE_FATAL_ERROR',
    message: 'two stops',
    bugCheck: 0x10d,
    value: 2,
  })
})
