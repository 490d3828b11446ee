/**
 * SCSI numbers that a disk needs: operation codes, statuses, sense keys and codes, vital product data pages.
 * Runs on: any thread. Numbers only. Source: SPC-4, SBC-3.
 */
export const SCSI_TEST_UNIT_READY = 0x00
export const SCSI_REQUEST_SENSE = 0x03
export const SCSI_INQUIRY = 0x12
export const SCSI_MODE_SENSE_6 = 0x1a
export const SCSI_READ_CAPACITY_10 = 0x25
export const SCSI_READ_10 = 0x28
export const SCSI_WRITE_10 = 0x2a
export const SCSI_SYNCHRONIZE_CACHE_10 = 0x35
export const SCSI_WRITE_SAME_10 = 0x41
export const SCSI_UNMAP = 0x42
export const SCSI_MODE_SENSE_10 = 0x5a
export const SCSI_READ_16 = 0x88
export const SCSI_WRITE_16 = 0x8a
export const SCSI_SYNCHRONIZE_CACHE_16 = 0x91
export const SCSI_WRITE_SAME_16 = 0x93
export const SCSI_SERVICE_ACTION_IN_16 = 0x9e
export const SCSI_REPORT_LUNS = 0xa0
/** Service action of 0x9e. */
export const SERVICE_ACTION_READ_CAPACITY_16 = 0x10

/** Byte 1 of READ and WRITE: the data goes to or comes from the medium, not a cache. */
export const CDB_FUA = 0x08
/** Byte 1 of WRITE SAME: blocks may be unmapped if they then read as zeros. */
export const CDB_WRITE_SAME_UNMAP = 0x08
/** Byte 1 of WRITE SAME (16): there is no data-out buffer, the block is zeros. */
export const CDB_WRITE_SAME_NDOB = 0x01

export const SCSI_STATUS_GOOD = 0x00
export const SCSI_STATUS_CHECK_CONDITION = 0x02
export const SCSI_STATUS_BUSY = 0x08
export const SCSI_STATUS_TASK_SET_FULL = 0x28

export const SENSE_NO_SENSE = 0x0
export const SENSE_NOT_READY = 0x2
export const SENSE_MEDIUM_ERROR = 0x3
export const SENSE_HARDWARE_ERROR = 0x4
export const SENSE_ILLEGAL_REQUEST = 0x5
export const SENSE_UNIT_ATTENTION = 0x6
export const SENSE_DATA_PROTECT = 0x7
export const SENSE_ABORTED_COMMAND = 0xb

/** Additional sense code in the high byte, its qualifier in the low one. */
export const ASC_WRITE_ERROR = 0x0c00
export const ASC_UNRECOVERED_READ_ERROR = 0x1100
export const ASC_PARAMETER_LIST_LENGTH_ERROR = 0x1a00
export const ASC_INVALID_OPERATION_CODE = 0x2000
export const ASC_LBA_OUT_OF_RANGE = 0x2100
export const ASC_INVALID_FIELD_IN_CDB = 0x2400
export const ASC_LOGICAL_UNIT_NOT_SUPPORTED = 0x2500
export const ASC_INVALID_FIELD_IN_PARAMETER_LIST = 0x2600
export const ASC_WRITE_PROTECTED = 0x2700
export const ASC_SPACE_ALLOCATION_FAILED = 0x2707
export const ASC_INTERNAL_TARGET_FAILURE = 0x4400

export const VPD_SUPPORTED_PAGES = 0x00
export const VPD_UNIT_SERIAL_NUMBER = 0x80
export const VPD_DEVICE_IDENTIFICATION = 0x83
export const VPD_BLOCK_LIMITS = 0xb0
export const VPD_BLOCK_DEVICE_CHARACTERISTICS = 0xb1
export const VPD_LOGICAL_BLOCK_PROVISIONING = 0xb2
