/**
 * I/O control codes. Runs on: any thread. Numbers only. Source: winioctl.h; kmdf.md 2.8.
 *
 *   31       30 ....... 16 | 15 14  | 13     | 12 ..... 2 | 1 0
 *   common   device type     access   custom   function     method
 */
export const METHOD_BUFFERED = 0
export const METHOD_IN_DIRECT = 1
export const METHOD_OUT_DIRECT = 2
/** No address spaces to cross here: treated like METHOD_OUT_DIRECT with a direct input buffer. */
export const METHOD_NEITHER = 3

export const FILE_ANY_ACCESS = 0
export const FILE_READ_ACCESS = 1
export const FILE_WRITE_ACCESS = 2

export const FILE_DEVICE_DISK = 0x07
export const FILE_DEVICE_UNKNOWN = 0x22
export const FILE_DEVICE_BATTERY = 0x29
export const FILE_DEVICE_MASS_STORAGE = 0x2d

/** Builds a control code. `functionCode` is 0..0xfff; vendors use 0x800 and above. */
export function ctlCode(
  deviceType: number,
  functionCode: number,
  method: number,
  access: number,
): number {
  return (deviceType << 16) | (access << 14) | (functionCode << 2) | method
}

/** The transfer method in the two low bits of a control code. */
export function methodOf(code: number): number {
  return code & 3
}
