/**
 * Control codes of the edu driver (pairs/hardware/edu). Runs on: any thread. Numbers only.
 *
 *   IDENTIFY   output: 4 bytes, the identification register
 *   FACTORIAL  input: 4 bytes n; output: 4 bytes, n! modulo 2^32, once the device has interrupted
 *   LIVENESS   input: 4 bytes; output: 4 bytes, their complement
 *
 * All are METHOD_BUFFERED, numbers little-endian.
 */
import { ctlCode, FILE_ANY_ACCESS, FILE_DEVICE_UNKNOWN, METHOD_BUFFERED } from './ctl-code.js'

export const IOCTL_EDU_IDENTIFY = ctlCode(
  FILE_DEVICE_UNKNOWN,
  0x800,
  METHOD_BUFFERED,
  FILE_ANY_ACCESS,
)
export const IOCTL_EDU_FACTORIAL = ctlCode(
  FILE_DEVICE_UNKNOWN,
  0x801,
  METHOD_BUFFERED,
  FILE_ANY_ACCESS,
)
export const IOCTL_EDU_LIVENESS = ctlCode(
  FILE_DEVICE_UNKNOWN,
  0x802,
  METHOD_BUFFERED,
  FILE_ANY_ACCESS,
)
