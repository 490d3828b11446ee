import { expect, it } from 'vitest'
import { STATUS_CANCELLED } from '../../../src/abi/ntstatus.js'
import { EngineError, IrpError } from '../../../src/manager/errors.js'

it('an IrpError has the status as name and number, and says what was asked of whom', () => {
  const error = new IrpError(STATUS_CANCELLED, 'read of disk', 5, 'why')
  expect(error).toMatchObject({
    name: 'IrpError',
    code: 'STATUS_CANCELLED',
    ntstatus: STATUS_CANCELLED,
    information: 5,
    operation: 'read of disk',
    cause: 'why',
    message: 'read of disk ended with STATUS_CANCELLED (0xC0000120)',
  })
  expect('cause' in new IrpError(STATUS_CANCELLED, 'read of disk')).toBe(false)
})

it('an EngineError has a code, the value, and a cause if there is one', () => {
  const error = new EngineError('ERR_IRP_OPTION', 'no', 3)
  expect(error).toMatchObject({ name: 'EngineError', code: 'ERR_IRP_OPTION', value: 3 })
  expect('cause' in error).toBe(false)
  expect(new EngineError('ERR_IRP_OPTION', 'no', 3, 'why').cause).toBe('why')
})
