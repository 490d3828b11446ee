import { describe, expect, it } from 'vitest'
import * as ntstatus from '../../../src/abi/ntstatus.js'

/** As published: MS-ERREF 2.3.1, and WDF's own. */
const PUBLISHED: Record<string, number> = {
  STATUS_SUCCESS: 0x00000000,
  STATUS_TIMEOUT: 0x00000102,
  STATUS_PENDING: 0x00000103,
  STATUS_OBJECT_NAME_EXISTS: 0x40000000,
  STATUS_DATATYPE_MISALIGNMENT: 0x80000002,
  STATUS_BUFFER_OVERFLOW: 0x80000005,
  STATUS_DEVICE_BUSY: 0x80000011,
  STATUS_NO_MORE_ENTRIES: 0x8000001a,
  STATUS_UNSUCCESSFUL: 0xc0000001,
  STATUS_NOT_IMPLEMENTED: 0xc0000002,
  STATUS_INFO_LENGTH_MISMATCH: 0xc0000004,
  STATUS_INVALID_HANDLE: 0xc0000008,
  STATUS_INVALID_PARAMETER: 0xc000000d,
  STATUS_NO_SUCH_DEVICE: 0xc000000e,
  STATUS_INVALID_DEVICE_REQUEST: 0xc0000010,
  STATUS_END_OF_FILE: 0xc0000011,
  STATUS_MORE_PROCESSING_REQUIRED: 0xc0000016,
  STATUS_ACCESS_DENIED: 0xc0000022,
  STATUS_BUFFER_TOO_SMALL: 0xc0000023,
  STATUS_DELETE_PENDING: 0xc0000056,
  STATUS_INSUFFICIENT_RESOURCES: 0xc000009a,
  STATUS_DEVICE_NOT_CONNECTED: 0xc000009d,
  STATUS_DEVICE_POWER_FAILURE: 0xc000009e,
  STATUS_DEVICE_NOT_READY: 0xc00000a3,
  STATUS_IO_TIMEOUT: 0xc00000b5,
  STATUS_NOT_SUPPORTED: 0xc00000bb,
  STATUS_DEVICE_DOES_NOT_EXIST: 0xc00000c0,
  STATUS_REQUEST_NOT_ACCEPTED: 0xc00000d0,
  STATUS_INTERNAL_ERROR: 0xc00000e5,
  STATUS_INVALID_PARAMETER_4: 0xc00000f2,
  STATUS_CANCELLED: 0xc0000120,
  STATUS_FILE_CLOSED: 0xc0000128,
  STATUS_INVALID_ADDRESS: 0xc0000141,
  STATUS_DRIVER_INTERNAL_ERROR: 0xc0000183,
  STATUS_INVALID_DEVICE_STATE: 0xc0000184,
  STATUS_IO_DEVICE_ERROR: 0xc0000185,
  STATUS_INVALID_BUFFER_SIZE: 0xc0000206,
  STATUS_DEVICE_REMOVED: 0xc00002b6,
  STATUS_POWER_STATE_INVALID: 0xc00002d3,
  STATUS_NOT_FOUND: 0xc0000225,
  STATUS_RETRY: 0xc000022d,
  STATUS_DRIVER_PROCESS_TERMINATED: 0xc0000450,
  STATUS_WDF_QUEUED: 0x40200000,
  STATUS_WDF_POSTED: 0x40200002,
  STATUS_WDF_INTERNAL_ERROR: 0xc0200201,
  STATUS_WDF_PAUSED: 0xc0200203,
  STATUS_WDF_BUSY: 0xc0200204,
  STATUS_INVALID_PARAMETER_1: 0xc00000ef,
  STATUS_WDF_NO_PACKAGE: 0xc0200200,
  STATUS_WDF_IO_TIMEOUT_NOT_SENT: 0xc0200205,
  STATUS_WDF_DEVICE_REMOVED_NOT_SENT: 0xc0200206,
  STATUS_WDF_OBJECT_ATTRIBUTES_INVALID: 0xc0200209,
  STATUS_WDF_PARENT_ALREADY_ASSIGNED: 0xc020020d,
  STATUS_WDF_PARENT_IS_SELF: 0xc020020e,
  STATUS_WDF_REQUEST_ALREADY_PENDING: 0xc0200207,
  STATUS_WDF_REQUEST_INVALID_STATE: 0xc0200208,
  STATUS_WDF_TOO_FRAGMENTED: 0xc020020a,
  STATUS_WDF_NO_CALLBACK: 0xc020020b,
  STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL: 0xc020020c,
  STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED: 0xc020020f,
  STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID: 0xc0200210,
  STATUS_WDF_EXECUTION_LEVEL_INVALID: 0xc0200211,
  STATUS_WDF_PARENT_NOT_SPECIFIED: 0xc0200212,
  STATUS_WDF_TOO_MANY_TRANSFERS: 0xc0200213,
  STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS: 0xc0200214,
  STATUS_BUS_RESET: 0x8000001d,
  STATUS_NONEXISTENT_SECTOR: 0xc0000015,
  STATUS_DATA_OVERRUN: 0xc000003c,
  STATUS_DISK_FULL: 0xc000007f,
  STATUS_DEVICE_DATA_ERROR: 0xc000009c,
  STATUS_MEDIA_WRITE_PROTECTED: 0xc00000a2,
}

const { isSuccess, isWdfFailure, toIoStatus } = ntstatus
const statuses = Object.entries(ntstatus).flatMap(([name, value]): [string, number][] =>
  typeof value === 'number' ? [[name, value]] : [],
)

describe('NTSTATUS', () => {
  it('has the published values, as signed 32-bit integers', () => {
    for (const [name, value] of statuses) {
      expect(value, `${name}:`).toBe(value | 0)
      expect(value >>> 0, `${name}:`).toBe(PUBLISHED[name])
    }
    expect(statuses.length).toBeGreaterThan(40)
  })

  it('has no two names for one value', () => {
    expect(new Set(statuses.map(([, value]) => value)).size).toBe(statuses.length)
  })

  it('is a success for severity success and informational, not for warning and error', () => {
    for (const [name, value] of statuses)
      expect(isSuccess(value), `${name}:`).toBe(value >>> 30 < 2)
    expect(isSuccess(ntstatus.STATUS_PENDING)).toBe(true)
    expect(isSuccess(ntstatus.STATUS_OBJECT_NAME_EXISTS)).toBe(true)
    expect(isSuccess(ntstatus.STATUS_BUFFER_OVERFLOW)).toBe(false)
  })
})

describe('toIoStatus', () => {
  it.each([
    ['STATUS_WDF_PAUSED', 'STATUS_DEVICE_BUSY'],
    ['STATUS_WDF_BUSY', 'STATUS_DEVICE_BUSY'],
    ['STATUS_WDF_INTERNAL_ERROR', 'STATUS_INTERNAL_ERROR'],
    ['STATUS_WDF_TOO_FRAGMENTED', 'STATUS_INVALID_DEVICE_REQUEST'],
    ['STATUS_WDF_TOO_MANY_TRANSFERS', 'STATUS_INVALID_DEVICE_REQUEST'],
    ['STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS', 'STATUS_INSUFFICIENT_RESOURCES'],
    ['STATUS_WDF_NO_CALLBACK', 'STATUS_INVALID_DEVICE_REQUEST'],
    ['STATUS_WDF_REQUEST_INVALID_STATE', 'STATUS_INVALID_DEVICE_REQUEST'],
    ['STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID', 'STATUS_INVALID_DEVICE_REQUEST'],
  ])('turns %s into %s', (from, to) => {
    const table = new Map(statuses)
    expect(isWdfFailure(Number(table.get(from)))).toBe(true)
    expect(toIoStatus(Number(table.get(from)))).toBe(table.get(to))
  })

  it('translates any other WDF failure, known or not, to STATUS_INVALID_DEVICE_REQUEST', () => {
    expect(toIoStatus(0xc02002ff | 0)).toBe(ntstatus.STATUS_INVALID_DEVICE_REQUEST)
  })

  it('leaves everything else alone, the WDF successes too', () => {
    const others = statuses.filter(([name]) => !name.startsWith('STATUS_WDF_'))
    expect(others.map(([, value]) => toIoStatus(value))).toEqual(others.map(([, value]) => value))
    expect(toIoStatus(ntstatus.STATUS_WDF_QUEUED)).toBe(ntstatus.STATUS_WDF_QUEUED)
    expect(toIoStatus(0xc0c00001 | 0)).toBe(0xc0c00001 | 0)
  })
})
