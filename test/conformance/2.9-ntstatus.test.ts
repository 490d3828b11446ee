/** 2.9: the values of NTSTATUS, which are successes, and what becomes of the Framework's own codes. */
import { expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import { statusName } from '../../src/abi/ntstatus-name.js'
import { type StatusName, statusOf } from '../harness/status.js'
import { singleQueue } from './single-queue.js'
import { named } from './named.js'

const VALUES: [name: StatusName, value: number][] = [
  ['STATUS_SUCCESS', 0x00000000],
  ['STATUS_PENDING', 0x00000103],
  ['STATUS_TIMEOUT', 0x00000102],
  ['STATUS_OBJECT_NAME_EXISTS', 0x40000000],
  ['STATUS_BUFFER_OVERFLOW', 0x80000005],
  ['STATUS_DEVICE_BUSY', 0x80000011],
  ['STATUS_NO_MORE_ENTRIES', 0x8000001a],
  ['STATUS_UNSUCCESSFUL', 0xc0000001],
  ['STATUS_NOT_IMPLEMENTED', 0xc0000002],
  ['STATUS_INFO_LENGTH_MISMATCH', 0xc0000004],
  ['STATUS_INVALID_HANDLE', 0xc0000008],
  ['STATUS_INVALID_PARAMETER', 0xc000000d],
  ['STATUS_NO_SUCH_DEVICE', 0xc000000e],
  ['STATUS_INVALID_DEVICE_REQUEST', 0xc0000010],
  ['STATUS_END_OF_FILE', 0xc0000011],
  ['STATUS_MORE_PROCESSING_REQUIRED', 0xc0000016],
  ['STATUS_ACCESS_DENIED', 0xc0000022],
  ['STATUS_BUFFER_TOO_SMALL', 0xc0000023],
  ['STATUS_DELETE_PENDING', 0xc0000056],
  ['STATUS_INSUFFICIENT_RESOURCES', 0xc000009a],
  ['STATUS_DEVICE_NOT_CONNECTED', 0xc000009d],
  ['STATUS_DEVICE_POWER_FAILURE', 0xc000009e],
  ['STATUS_DEVICE_NOT_READY', 0xc00000a3],
  ['STATUS_IO_TIMEOUT', 0xc00000b5],
  ['STATUS_NOT_SUPPORTED', 0xc00000bb],
  ['STATUS_DEVICE_DOES_NOT_EXIST', 0xc00000c0],
  ['STATUS_REQUEST_NOT_ACCEPTED', 0xc00000d0],
  ['STATUS_INTERNAL_ERROR', 0xc00000e5],
  ['STATUS_INVALID_PARAMETER_1', 0xc00000ef],
  ['STATUS_INVALID_PARAMETER_4', 0xc00000f2],
  ['STATUS_CANCELLED', 0xc0000120],
  ['STATUS_INVALID_DEVICE_STATE', 0xc0000184],
  ['STATUS_INVALID_BUFFER_SIZE', 0xc0000206],
  ['STATUS_NOT_FOUND', 0xc0000225],
  ['STATUS_RETRY', 0xc000022d],
  ['STATUS_WDF_QUEUED', 0x40200000],
  ['STATUS_WDF_POSTED', 0x40200002],
  ['STATUS_WDF_NO_PACKAGE', 0xc0200200],
  ['STATUS_WDF_INTERNAL_ERROR', 0xc0200201],
  ['STATUS_WDF_PAUSED', 0xc0200203],
  ['STATUS_WDF_BUSY', 0xc0200204],
  ['STATUS_WDF_IO_TIMEOUT_NOT_SENT', 0xc0200205],
  ['STATUS_WDF_DEVICE_REMOVED_NOT_SENT', 0xc0200206],
  ['STATUS_WDF_REQUEST_ALREADY_PENDING', 0xc0200207],
  ['STATUS_WDF_REQUEST_INVALID_STATE', 0xc0200208],
  ['STATUS_WDF_OBJECT_ATTRIBUTES_INVALID', 0xc0200209],
  ['STATUS_WDF_TOO_FRAGMENTED', 0xc020020a],
  ['STATUS_WDF_NO_CALLBACK', 0xc020020b],
  ['STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL', 0xc020020c],
  ['STATUS_WDF_PARENT_ALREADY_ASSIGNED', 0xc020020d],
  ['STATUS_WDF_PARENT_IS_SELF', 0xc020020e],
  ['STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED', 0xc020020f],
  ['STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID', 0xc0200210],
  ['STATUS_WDF_EXECUTION_LEVEL_INVALID', 0xc0200211],
  ['STATUS_WDF_PARENT_NOT_SPECIFIED', 0xc0200212],
  ['STATUS_WDF_TOO_MANY_TRANSFERS', 0xc0200213],
  ['STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS', 0xc0200214],
]

it.each(
  named(
    VALUES.map(([name, value]) => ({ name, value, hex: value.toString(16).padStart(8, '0') })),
    '2.9 $name is $hex',
  ),
)('%s', (_name, { name, value }) => {
  expect(statusOf(name) >>> 0).toBe(value)
})

const SEVERITIES = [
  { severity: 'success', status: nt.STATUS_PENDING, isSuccess: true },
  { severity: 'informational', status: nt.STATUS_OBJECT_NAME_EXISTS, isSuccess: true },
  { severity: 'warning', status: nt.STATUS_BUFFER_OVERFLOW, isSuccess: false },
  { severity: 'error', status: nt.STATUS_UNSUCCESSFUL, isSuccess: false },
]

it.each(named(SEVERITIES, '2.9 NT_SUCCESS of a status of severity $severity is $isSuccess'))(
  '%s',
  (_name, row) => {
    expect(nt.isSuccess(row.status)).toBe(row.isSuccess)
  },
)

const TRANSLATED: { from: StatusName; to: StatusName }[] = [
  { from: 'STATUS_WDF_PAUSED', to: 'STATUS_DEVICE_BUSY' },
  { from: 'STATUS_WDF_BUSY', to: 'STATUS_DEVICE_BUSY' },
  { from: 'STATUS_WDF_INTERNAL_ERROR', to: 'STATUS_INTERNAL_ERROR' },
  { from: 'STATUS_WDF_TOO_FRAGMENTED', to: 'STATUS_INVALID_DEVICE_REQUEST' },
  { from: 'STATUS_WDF_TOO_MANY_TRANSFERS', to: 'STATUS_INVALID_DEVICE_REQUEST' },
  { from: 'STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS', to: 'STATUS_INSUFFICIENT_RESOURCES' },
  { from: 'STATUS_WDF_NO_CALLBACK', to: 'STATUS_INVALID_DEVICE_REQUEST' },
  { from: 'STATUS_WDF_REQUEST_INVALID_STATE', to: 'STATUS_INVALID_DEVICE_REQUEST' },
]

it.each(named(TRANSLATED, '2.9 completing with $from tells the requester $to'))(
  '%s',
  async (_name, { from, to }) => {
    const { requester } = await singleQueue({
      EvtIoRead: (_queue, request) => request.complete(statusOf(from)),
    })
    expect(requester.reads(1).map(({ status }) => statusName(status))).toEqual([to])
  },
)

it('2.9 completing with an informational WDF code is no failure, and not translated', async () => {
  const { requester } = await singleQueue({
    EvtIoRead: (_queue, request) => request.complete(nt.STATUS_WDF_QUEUED),
  })
  expect(requester.reads(1)).toMatchObject([{ status: nt.STATUS_WDF_QUEUED }])
})

it('2.9 a status of its own reaches the requester unchanged', async () => {
  const { requester } = await singleQueue({
    EvtIoRead: (_queue, request) => request.complete(0xe0001234 | 0),
  })
  expect(requester.reads(1)).toMatchObject([{ status: 0xe0001234 | 0 }])
})

it('2.9 the ledger counts by NT_SUCCESS: success, error, cancelled', async () => {
  const outcomes = [nt.STATUS_SUCCESS, nt.STATUS_OBJECT_NAME_EXISTS, nt.STATUS_BUFFER_OVERFLOW]
  const { requester, engine } = await singleQueue({
    EvtIoRead: (_queue, request) => request.complete(outcomes.shift() ?? nt.STATUS_CANCELLED),
  })
  requester.reads(1, 2, 3, 4)
  expect(engine.channel.ledger()).toMatchObject({ success: 2, error: 1, cancelled: 1 })
})
