/**
 * Disk answers: commands about the disk, which it answers from what it knows: INQUIRY, READ CAPACITY, MODE
 * SENSE, REPORT LUNS, TEST UNIT READY, REQUEST SENSE. Runs on: worker; not for reads and writes.
 * Source: SPC-4 6.4, 6.13, 6.33; SBC-3 5.16, 5.17, 6.5.
 */
import { get16, get32, put16, put32, put64 } from './cdb.js'
import {
  ASC_INVALID_FIELD_IN_CDB,
  ASC_INVALID_OPERATION_CODE,
  SCSI_INQUIRY,
  SCSI_MODE_SENSE_10,
  SCSI_MODE_SENSE_6,
  SCSI_READ_CAPACITY_10,
  SCSI_REPORT_LUNS,
  SCSI_REQUEST_SENSE,
  SCSI_SERVICE_ACTION_IN_16,
  SCSI_TEST_UNIT_READY,
  SENSE_ILLEGAL_REQUEST,
  SENSE_NO_SENSE,
  SERVICE_ACTION_READ_CAPACITY_16,
  VPD_BLOCK_DEVICE_CHARACTERISTICS,
  VPD_BLOCK_LIMITS,
  VPD_DEVICE_IDENTIFICATION,
  VPD_LOGICAL_BLOCK_PROVISIONING,
  VPD_SUPPORTED_PAGES,
  VPD_UNIT_SERIAL_NUMBER,
} from './scsi.js'
import { type Srb, SRB_STATUS_SUCCESS, writeSense } from './srb.js'

/** A disk as its commands see it. */
export interface DiskModel {
  readonly blockBytes: number
  readonly blockCount: number
  readonly isReadOnly: boolean
  /** UNMAP, and WRITE SAME with its UNMAP bit, really free blocks; those then read as zeros. */
  readonly canUnmap: boolean
  readonly maximumTransferBytes: number
  readonly maximumUnmapDescriptors: number
  /** Up to 16 ASCII characters, for INQUIRY. */
  readonly product: string
  readonly serialNumber: string
  /** Logical units behind the adapter, for REPORT LUNS. */
  readonly unitCount: number
}

const MAX_ANSWER_BYTES = 512
const PRODUCT_REVISION = '0001'
const VENDOR = 'IRPOOL'
const DIRECT_ACCESS_DEVICE = 0
const SPC_4 = 6
const FORMAT_2 = 2
const COMMAND_QUEUEING = 2
const WRITE_PROTECT = 0x80
const DPO_FUA = 0x10
const CACHING_PAGE = 0x08
const CONTROL_PAGE = 0x0a
const ALL_PAGES = 0x3f
const WRITE_CACHE_ENABLED = 0x04
const NON_ROTATING = 1

/** Answers the command into the SRB's data, or refuses it. Returns the SRB status. */
export function answerDiskCommand(model: DiskModel, srb: Srb): number {
  const { cdb } = srb
  const answer = new Uint8Array(MAX_ANSWER_BYTES)
  switch (cdb[0]) {
    case SCSI_TEST_UNIT_READY:
      return give(srb, answer, 0, 0)
    case SCSI_REQUEST_SENSE:
      // A disk keeps no sense: failures carry theirs, and the port remembers the last for pass-through.
      writeSense(answer.subarray(0, 18), SENSE_NO_SENSE, 0)
      return give(srb, answer, 18, cdb[4] as number)
    case SCSI_INQUIRY:
      return inquiry(model, srb, answer)
    case SCSI_READ_CAPACITY_10:
      put32(answer, 0, Math.min(model.blockCount - 1, 0xffffffff))
      put32(answer, 4, model.blockBytes)
      return give(srb, answer, 8, 8)
    case SCSI_SERVICE_ACTION_IN_16:
      return serviceActionIn(model, srb, answer)
    case SCSI_MODE_SENSE_6:
      return modeSense(model, srb, answer, 4, cdb[4] as number)
    case SCSI_MODE_SENSE_10:
      return modeSense(model, srb, answer, 8, get16(cdb, 7))
    case SCSI_REPORT_LUNS:
      return reportLuns(model, srb)
    default:
      return srb.checkCondition(SENSE_ILLEGAL_REQUEST, ASC_INVALID_OPERATION_CODE)
  }
}

/** Moves as much of the answer as the CDB allows and the caller has room for. */
function give(srb: Srb, answer: Uint8Array, length: number, allocationLength: number): number {
  const count = Math.min(length, allocationLength, srb.data.length)
  srb.data.set(answer.subarray(0, count))
  srb.dataTransferLength = count
  return SRB_STATUS_SUCCESS
}

function invalidField(srb: Srb): number {
  return srb.checkCondition(SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_CDB)
}

function inquiry(model: DiskModel, srb: Srb, answer: Uint8Array): number {
  const { cdb } = srb
  const page = cdb[2] as number
  const allocationLength = get16(cdb, 3)
  if (((cdb[1] as number) & 1) !== 0) {
    const length = vitalProductData(model, page, answer)
    if (length < 0) return invalidField(srb)
    answer[1] = page
    put16(answer, 2, length)
    return give(srb, answer, length + 4, allocationLength)
  }
  if (page !== 0) return invalidField(srb)
  answer[0] = DIRECT_ACCESS_DEVICE
  answer[2] = SPC_4
  answer[3] = FORMAT_2
  answer[4] = 36 - 5
  answer[7] = COMMAND_QUEUEING
  putText(answer, 8, 8, VENDOR)
  putText(answer, 16, 16, model.product)
  putText(answer, 32, 4, PRODUCT_REVISION)
  return give(srb, answer, 36, allocationLength)
}

/** Writes the page behind its four header bytes; its length, or -1 when there is no such page. */
function vitalProductData(model: DiskModel, page: number, answer: Uint8Array): number {
  switch (page) {
    case VPD_SUPPORTED_PAGES: {
      const pages = [
        VPD_SUPPORTED_PAGES,
        VPD_UNIT_SERIAL_NUMBER,
        VPD_DEVICE_IDENTIFICATION,
        VPD_BLOCK_LIMITS,
        VPD_BLOCK_DEVICE_CHARACTERISTICS,
        VPD_LOGICAL_BLOCK_PROVISIONING,
      ]
      answer.set(pages, 4)
      return pages.length
    }
    case VPD_UNIT_SERIAL_NUMBER:
      return putText(answer, 4, model.serialNumber.length, model.serialNumber)
    case VPD_DEVICE_IDENTIFICATION: {
      // One T10 vendor designator: ASCII, of the logical unit.
      const length = 8 + model.serialNumber.length
      answer.set([2, 1, 0, length], 4)
      putText(answer, 8, 8, VENDOR)
      putText(answer, 16, model.serialNumber.length, model.serialNumber)
      return 4 + length
    }
    case VPD_BLOCK_LIMITS:
      put32(answer, 8, Math.floor(model.maximumTransferBytes / model.blockBytes))
      put32(answer, 20, model.canUnmap ? 0xffffffff : 0)
      put32(answer, 24, model.canUnmap ? model.maximumUnmapDescriptors : 0)
      put32(answer, 28, 1)
      return 60
    case VPD_BLOCK_DEVICE_CHARACTERISTICS:
      put16(answer, 4, NON_ROTATING)
      return 60
    case VPD_LOGICAL_BLOCK_PROVISIONING:
      // LBPU, LBPWS, LBPWS10 and LBPRZ; thinly provisioned.
      answer[5] = model.canUnmap ? 0x80 | 0x40 | 0x20 | 0x04 : 0
      answer[6] = model.canUnmap ? 2 : 0
      return 4
    default:
      return -1
  }
}

function serviceActionIn(model: DiskModel, srb: Srb, answer: Uint8Array): number {
  const { cdb } = srb
  if (((cdb[1] as number) & 0x1f) !== SERVICE_ACTION_READ_CAPACITY_16) return invalidField(srb)
  put64(answer, 0, model.blockCount - 1)
  put32(answer, 8, model.blockBytes)
  // LBPME and LBPRZ: thinly provisioned, unmapped blocks read as zeros.
  answer[14] = model.canUnmap ? 0xc0 : 0
  return give(srb, answer, 32, get32(cdb, 10))
}

function modeSense(
  model: DiskModel,
  srb: Srb,
  answer: Uint8Array,
  headerBytes: number,
  allocationLength: number,
): number {
  const page = (srb.cdb[2] as number) & 0x3f
  if (page !== CACHING_PAGE && page !== CONTROL_PAGE && page !== ALL_PAGES) return invalidField(srb)
  let length = headerBytes
  if (page !== CONTROL_PAGE) {
    answer.set([CACHING_PAGE, 18, WRITE_CACHE_ENABLED], length)
    length += 20
  }
  if (page !== CACHING_PAGE) {
    answer.set([CONTROL_PAGE, 10], length)
    length += 12
  }
  const deviceSpecific = DPO_FUA | (model.isReadOnly ? WRITE_PROTECT : 0)
  if (headerBytes === 4) {
    answer[0] = length - 1
    answer[2] = deviceSpecific
  } else {
    put16(answer, 0, length - 2)
    answer[3] = deviceSpecific
  }
  return give(srb, answer, length, allocationLength)
}

function reportLuns(model: DiskModel, srb: Srb): number {
  const answer = new Uint8Array(8 + 8 * model.unitCount)
  put32(answer, 0, 8 * model.unitCount)
  for (let lun = 0; lun < model.unitCount; lun++) answer[8 + 8 * lun + 1] = lun
  return give(srb, answer, answer.length, get32(srb.cdb, 6))
}

/** ASCII, padded with spaces; returns the field's length. */
function putText(target: Uint8Array, at: number, fieldBytes: number, text: string): number {
  for (let i = 0; i < fieldBytes; i++) target[at + i] = i < text.length ? text.charCodeAt(i) : 0x20
  return fieldBytes
}
