import { expect, it } from 'vitest'
import { QueueError } from '../../../src/sharedarraybuffer-queue/errors.js'

it('carries a stable code, the value and a sentence', () => {
  const error = new QueueError('ERR_IRP_CAPACITY', 'a capacity of 3', 3)
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({
    name: 'QueueError',
    code: 'ERR_IRP_CAPACITY',
    value: 3,
    message: 'a capacity of 3',
  })
})
