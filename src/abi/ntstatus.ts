/**
 * NTSTATUS: the result of a request, as a signed 32-bit integer.
 * Runs on: any thread. Numbers only.
 *
 *   31 30 | 29 | 28 | 27 ........ 16 | 15 ........ 0
 *   sev     C    N    facility         code
 *
 * Severity 0 success, 1 informational, 2 warning, 3 error; so a status is a success exactly when it
 * is not negative. Values follow MS-ERREF 2.3.1; STATUS_WDF_* are the Framework's own (facility 0x20).
 */
export const STATUS_SUCCESS = 0x00000000
export const STATUS_TIMEOUT = 0x00000102
export const STATUS_PENDING = 0x00000103
export const STATUS_OBJECT_NAME_EXISTS = 0x40000000
export const STATUS_DATATYPE_MISALIGNMENT = 0x80000002 | 0
export const STATUS_BUFFER_OVERFLOW = 0x80000005 | 0
export const STATUS_DEVICE_BUSY = 0x80000011 | 0
export const STATUS_NO_MORE_ENTRIES = 0x8000001a | 0
export const STATUS_BUS_RESET = 0x8000001d | 0
export const STATUS_UNSUCCESSFUL = 0xc0000001 | 0
export const STATUS_NOT_IMPLEMENTED = 0xc0000002 | 0
export const STATUS_INFO_LENGTH_MISMATCH = 0xc0000004 | 0
export const STATUS_INVALID_HANDLE = 0xc0000008 | 0
export const STATUS_INVALID_PARAMETER = 0xc000000d | 0
export const STATUS_NO_SUCH_DEVICE = 0xc000000e | 0
export const STATUS_INVALID_DEVICE_REQUEST = 0xc0000010 | 0
export const STATUS_END_OF_FILE = 0xc0000011 | 0
export const STATUS_NONEXISTENT_SECTOR = 0xc0000015 | 0
export const STATUS_MORE_PROCESSING_REQUIRED = 0xc0000016 | 0
export const STATUS_ACCESS_DENIED = 0xc0000022 | 0
export const STATUS_BUFFER_TOO_SMALL = 0xc0000023 | 0
export const STATUS_DATA_OVERRUN = 0xc000003c | 0
export const STATUS_DELETE_PENDING = 0xc0000056 | 0
export const STATUS_DISK_FULL = 0xc000007f | 0
export const STATUS_INSUFFICIENT_RESOURCES = 0xc000009a | 0
export const STATUS_DEVICE_DATA_ERROR = 0xc000009c | 0
export const STATUS_DEVICE_NOT_CONNECTED = 0xc000009d | 0
export const STATUS_DEVICE_POWER_FAILURE = 0xc000009e | 0
export const STATUS_MEDIA_WRITE_PROTECTED = 0xc00000a2 | 0
export const STATUS_DEVICE_NOT_READY = 0xc00000a3 | 0
export const STATUS_IO_TIMEOUT = 0xc00000b5 | 0
export const STATUS_NOT_SUPPORTED = 0xc00000bb | 0
export const STATUS_DEVICE_DOES_NOT_EXIST = 0xc00000c0 | 0
export const STATUS_REQUEST_NOT_ACCEPTED = 0xc00000d0 | 0
export const STATUS_INTERNAL_ERROR = 0xc00000e5 | 0
export const STATUS_INVALID_PARAMETER_1 = 0xc00000ef | 0
export const STATUS_INVALID_PARAMETER_4 = 0xc00000f2 | 0
export const STATUS_CANCELLED = 0xc0000120 | 0
export const STATUS_FILE_CLOSED = 0xc0000128 | 0
export const STATUS_INVALID_ADDRESS = 0xc0000141 | 0
export const STATUS_DRIVER_INTERNAL_ERROR = 0xc0000183 | 0
export const STATUS_INVALID_DEVICE_STATE = 0xc0000184 | 0
export const STATUS_IO_DEVICE_ERROR = 0xc0000185 | 0
export const STATUS_INVALID_BUFFER_SIZE = 0xc0000206 | 0
export const STATUS_DEVICE_REMOVED = 0xc00002b6 | 0
export const STATUS_POWER_STATE_INVALID = 0xc00002d3 | 0
export const STATUS_NOT_FOUND = 0xc0000225 | 0
export const STATUS_RETRY = 0xc000022d | 0
export const STATUS_DRIVER_PROCESS_TERMINATED = 0xc0000450 | 0

export const STATUS_POSSIBLE_DEADLOCK = 0xc0000194 | 0

export const STATUS_WDF_QUEUED = 0x40200000
export const STATUS_WDF_POSTED = 0x40200002
export const STATUS_WDF_NO_PACKAGE = 0xc0200200 | 0
export const STATUS_WDF_INTERNAL_ERROR = 0xc0200201 | 0
export const STATUS_WDF_PAUSED = 0xc0200203 | 0
export const STATUS_WDF_BUSY = 0xc0200204 | 0
export const STATUS_WDF_IO_TIMEOUT_NOT_SENT = 0xc0200205 | 0
export const STATUS_WDF_DEVICE_REMOVED_NOT_SENT = 0xc0200206 | 0
export const STATUS_WDF_REQUEST_ALREADY_PENDING = 0xc0200207 | 0
export const STATUS_WDF_REQUEST_INVALID_STATE = 0xc0200208 | 0
export const STATUS_WDF_OBJECT_ATTRIBUTES_INVALID = 0xc0200209 | 0
export const STATUS_WDF_TOO_FRAGMENTED = 0xc020020a | 0
export const STATUS_WDF_NO_CALLBACK = 0xc020020b | 0
export const STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL = 0xc020020c | 0
export const STATUS_WDF_PARENT_ALREADY_ASSIGNED = 0xc020020d | 0
export const STATUS_WDF_PARENT_IS_SELF = 0xc020020e | 0
export const STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED = 0xc020020f | 0
export const STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID = 0xc0200210 | 0
export const STATUS_WDF_EXECUTION_LEVEL_INVALID = 0xc0200211 | 0
export const STATUS_WDF_PARENT_NOT_SPECIFIED = 0xc0200212 | 0
export const STATUS_WDF_TOO_MANY_TRANSFERS = 0xc0200213 | 0
export const STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS = 0xc0200214 | 0

/** NT_SUCCESS: true for success and informational statuses, false for warnings and errors. */
export function isSuccess(status: number): boolean {
  return status >= 0
}

const FACILITY_MASK = 0x0fff0000
const FACILITY_WDF = 0x00200000

/** True for the Framework's own failure codes, which no requester may see (see `toIoStatus`). */
export function isWdfFailure(status: number): boolean {
  return status < 0 && (status & FACILITY_MASK) === FACILITY_WDF
}

/**
 * The status a requester sees when a driver completes a request with a Framework failure code.
 * Source: FxRequestBase's completion path ([WDF] shared/core); kmdf.md 2.9.
 */
export function toIoStatus(status: number): number {
  if (!isWdfFailure(status)) return status
  switch (status) {
    case STATUS_WDF_PAUSED:
    case STATUS_WDF_BUSY:
      return STATUS_DEVICE_BUSY
    case STATUS_WDF_INTERNAL_ERROR:
      return STATUS_INTERNAL_ERROR
    case STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS:
      return STATUS_INSUFFICIENT_RESOURCES
    default:
      return STATUS_INVALID_DEVICE_REQUEST
  }
}
