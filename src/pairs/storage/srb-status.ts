/**
 * SRB status to NTSTATUS: what the caller of an IRP hears of a SCSI result. Runs on: worker; only for
 * requests that did not simply succeed. Source: kmdf.md 1.5; the sense table follows the class driver's.
 */
import {
  STATUS_BUS_RESET,
  STATUS_CANCELLED,
  STATUS_DATA_OVERRUN,
  STATUS_DEVICE_BUSY,
  STATUS_DEVICE_DATA_ERROR,
  STATUS_DEVICE_DOES_NOT_EXIST,
  STATUS_DEVICE_NOT_READY,
  STATUS_DISK_FULL,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_IO_DEVICE_ERROR,
  STATUS_IO_TIMEOUT,
  STATUS_MEDIA_WRITE_PROTECTED,
  STATUS_NONEXISTENT_SECTOR,
  STATUS_SUCCESS,
} from '../../index.js'
import {
  ASC_LBA_OUT_OF_RANGE,
  ASC_SPACE_ALLOCATION_FAILED,
  SENSE_DATA_PROTECT,
  SENSE_ILLEGAL_REQUEST,
  SENSE_MEDIUM_ERROR,
  SENSE_NOT_READY,
} from './scsi.js'
import {
  type Srb,
  SRB_STATUS_ABORTED,
  SRB_STATUS_BUS_RESET,
  SRB_STATUS_BUSY,
  SRB_STATUS_DATA_OVERRUN,
  SRB_STATUS_ERROR,
  SRB_STATUS_INVALID_REQUEST,
  SRB_STATUS_NO_DEVICE,
  SRB_STATUS_REQUEST_FLUSHED,
  SRB_STATUS_SELECTION_TIMEOUT,
  SRB_STATUS_SUCCESS,
  SRB_STATUS_TIMEOUT,
} from './srb.js'

/** The status of the IRP that the SRB served. */
export function ntStatusOf(srb: Srb): number {
  switch (srb.status) {
    case SRB_STATUS_SUCCESS:
      return STATUS_SUCCESS
    case SRB_STATUS_ABORTED:
    case SRB_STATUS_REQUEST_FLUSHED:
      return STATUS_CANCELLED
    case SRB_STATUS_BUSY:
      return STATUS_DEVICE_BUSY
    case SRB_STATUS_INVALID_REQUEST:
      return STATUS_INVALID_DEVICE_REQUEST
    case SRB_STATUS_NO_DEVICE:
    case SRB_STATUS_SELECTION_TIMEOUT:
      return STATUS_DEVICE_DOES_NOT_EXIST
    case SRB_STATUS_TIMEOUT:
      return STATUS_IO_TIMEOUT
    case SRB_STATUS_BUS_RESET:
      return STATUS_BUS_RESET
    case SRB_STATUS_DATA_OVERRUN:
      return STATUS_DATA_OVERRUN
    case SRB_STATUS_ERROR:
      return statusOfSense(srb.senseKey, srb.additionalSense)
    default:
      return STATUS_IO_DEVICE_ERROR
  }
}

function statusOfSense(senseKey: number, additionalSense: number): number {
  switch (senseKey) {
    case SENSE_NOT_READY:
      return STATUS_DEVICE_NOT_READY
    case SENSE_MEDIUM_ERROR:
      return STATUS_DEVICE_DATA_ERROR
    case SENSE_ILLEGAL_REQUEST:
      return additionalSense === ASC_LBA_OUT_OF_RANGE
        ? STATUS_NONEXISTENT_SECTOR
        : STATUS_INVALID_DEVICE_REQUEST
    case SENSE_DATA_PROTECT:
      return additionalSense === ASC_SPACE_ALLOCATION_FAILED
        ? STATUS_DISK_FULL
        : STATUS_MEDIA_WRITE_PROTECTED
    default:
      return STATUS_IO_DEVICE_ERROR
  }
}
