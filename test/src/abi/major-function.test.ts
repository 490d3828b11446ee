import { expect, it } from 'vitest'
import * as major from '../../../src/abi/major-function.js'

it('has the major functions where wdm.h has them, and a table that holds them all', () => {
  const { MAJOR_FUNCTION_COUNT, ...codes } = major
  expect(codes).toEqual({
    IRP_MJ_CREATE: 0x00,
    IRP_MJ_CREATE_NAMED_PIPE: 0x01,
    IRP_MJ_CLOSE: 0x02,
    IRP_MJ_READ: 0x03,
    IRP_MJ_WRITE: 0x04,
    IRP_MJ_QUERY_INFORMATION: 0x05,
    IRP_MJ_SET_INFORMATION: 0x06,
    IRP_MJ_QUERY_EA: 0x07,
    IRP_MJ_SET_EA: 0x08,
    IRP_MJ_FLUSH_BUFFERS: 0x09,
    IRP_MJ_QUERY_VOLUME_INFORMATION: 0x0a,
    IRP_MJ_SET_VOLUME_INFORMATION: 0x0b,
    IRP_MJ_DIRECTORY_CONTROL: 0x0c,
    IRP_MJ_FILE_SYSTEM_CONTROL: 0x0d,
    IRP_MJ_DEVICE_CONTROL: 0x0e,
    IRP_MJ_INTERNAL_DEVICE_CONTROL: 0x0f,
    IRP_MJ_SHUTDOWN: 0x10,
    IRP_MJ_LOCK_CONTROL: 0x11,
    IRP_MJ_CLEANUP: 0x12,
    IRP_MJ_CREATE_MAILSLOT: 0x13,
    IRP_MJ_QUERY_SECURITY: 0x14,
    IRP_MJ_SET_SECURITY: 0x15,
    IRP_MJ_POWER: 0x16,
    IRP_MJ_SYSTEM_CONTROL: 0x17,
    IRP_MJ_DEVICE_CHANGE: 0x18,
    IRP_MJ_QUERY_QUOTA: 0x19,
    IRP_MJ_SET_QUOTA: 0x1a,
    IRP_MJ_PNP: 0x1b,
  })
  expect(MAJOR_FUNCTION_COUNT).toBe(major.IRP_MJ_PNP + 1)
})
