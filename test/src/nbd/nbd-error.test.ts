import { expect, it } from 'vitest'
import * as nt from '../../../src/abi/ntstatus.js'
import { nbdErrorOf } from '../../../src/nbd/nbd-error.js'

it.each([
  [nt.STATUS_SUCCESS, 0],
  [nt.STATUS_MEDIA_WRITE_PROTECTED, 1],
  [nt.STATUS_IO_DEVICE_ERROR, 5],
  [nt.STATUS_DRIVER_PROCESS_TERMINATED, 5],
  [nt.STATUS_INSUFFICIENT_RESOURCES, 12],
  [nt.STATUS_INVALID_PARAMETER, 22],
  [nt.STATUS_NONEXISTENT_SECTOR, 22],
  [nt.STATUS_DISK_FULL, 28],
  [nt.STATUS_NOT_SUPPORTED, 95],
  [nt.STATUS_DEVICE_NOT_READY, 108],
])('status %i is error %d', (status, error) => {
  expect(nbdErrorOf(status)).toBe(error)
})
