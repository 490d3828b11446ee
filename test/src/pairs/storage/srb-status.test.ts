import { expect, it } from 'vitest'
import * as nt from '../../../../src/abi/ntstatus.js'
import * as scsi from '../../../../src/pairs/storage/scsi.js'
import * as srbs from '../../../../src/pairs/storage/srb.js'
import { ntStatusOf } from '../../../../src/pairs/storage/srb-status.js'

it.each([
  [srbs.SRB_STATUS_SUCCESS, nt.STATUS_SUCCESS],
  [srbs.SRB_STATUS_ABORTED, nt.STATUS_CANCELLED],
  [srbs.SRB_STATUS_REQUEST_FLUSHED, nt.STATUS_CANCELLED],
  [srbs.SRB_STATUS_BUSY, nt.STATUS_DEVICE_BUSY],
  [srbs.SRB_STATUS_INVALID_REQUEST, nt.STATUS_INVALID_DEVICE_REQUEST],
  [srbs.SRB_STATUS_NO_DEVICE, nt.STATUS_DEVICE_DOES_NOT_EXIST],
  [srbs.SRB_STATUS_SELECTION_TIMEOUT, nt.STATUS_DEVICE_DOES_NOT_EXIST],
  [srbs.SRB_STATUS_TIMEOUT, nt.STATUS_IO_TIMEOUT],
  [srbs.SRB_STATUS_BUS_RESET, nt.STATUS_BUS_RESET],
  [srbs.SRB_STATUS_DATA_OVERRUN, nt.STATUS_DATA_OVERRUN],
  [srbs.SRB_STATUS_ERROR, nt.STATUS_IO_DEVICE_ERROR],
  [0x3e, nt.STATUS_IO_DEVICE_ERROR],
])('SRB status 0x%s, also with the bit of a frozen queue', (srbStatus, expected) => {
  const srb = new srbs.Srb(0)
  for (const bits of [0, srbs.SRB_STATUS_QUEUE_FROZEN]) {
    srb.srbStatus = srbStatus | bits
    expect(ntStatusOf(srb)).toBe(expected)
  }
})

it.each([
  [scsi.SENSE_NOT_READY, 0, nt.STATUS_DEVICE_NOT_READY],
  [scsi.SENSE_MEDIUM_ERROR, scsi.ASC_WRITE_ERROR, nt.STATUS_DEVICE_DATA_ERROR],
  [scsi.SENSE_ILLEGAL_REQUEST, scsi.ASC_LBA_OUT_OF_RANGE, nt.STATUS_NONEXISTENT_SECTOR],
  [scsi.SENSE_ILLEGAL_REQUEST, scsi.ASC_INVALID_FIELD_IN_CDB, nt.STATUS_INVALID_DEVICE_REQUEST],
  [scsi.SENSE_DATA_PROTECT, scsi.ASC_WRITE_PROTECTED, nt.STATUS_MEDIA_WRITE_PROTECTED],
  [scsi.SENSE_DATA_PROTECT, scsi.ASC_SPACE_ALLOCATION_FAILED, nt.STATUS_DISK_FULL],
  [scsi.SENSE_HARDWARE_ERROR, 0, nt.STATUS_IO_DEVICE_ERROR],
])('sense key %d, code 0x%s', (key, code, expected) => {
  const srb = new srbs.Srb(0)
  srb.srbStatus = srb.checkCondition(key, code)
  expect(ntStatusOf(srb)).toBe(expected)
})
