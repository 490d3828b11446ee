import { describe, expect, it } from 'vitest'
import * as ctl from '../../../src/abi/ctl-code.js'

const { ctlCode, methodOf } = ctl

describe('ctlCode', () => {
  it.each([
    // Codes that Windows publishes: IOCTL_BATTERY_*, IOCTL_DISK_GET_DRIVE_GEOMETRY, _STORAGE_GET_DEVICE_NUMBER.
    [ctl.FILE_DEVICE_BATTERY, 0x10, ctl.METHOD_BUFFERED, ctl.FILE_READ_ACCESS, 0x294040],
    [ctl.FILE_DEVICE_BATTERY, 0x12, ctl.METHOD_BUFFERED, ctl.FILE_WRITE_ACCESS, 0x298048],
    [ctl.FILE_DEVICE_DISK, 0, ctl.METHOD_BUFFERED, ctl.FILE_ANY_ACCESS, 0x70000],
    [ctl.FILE_DEVICE_MASS_STORAGE, 0x420, ctl.METHOD_BUFFERED, ctl.FILE_ANY_ACCESS, 0x2d1080],
    [0x0b, 2, ctl.METHOD_NEITHER, ctl.FILE_ANY_ACCESS, 0x0b000b],
    [0x0b, 0x64, ctl.METHOD_IN_DIRECT, ctl.FILE_ANY_ACCESS, 0x0b0191],
    [0x0b, 0x64, ctl.METHOD_OUT_DIRECT, ctl.FILE_ANY_ACCESS, 0x0b0192],
  ])('builds the code of device type 0x%x, function 0x%x', (type, fn, method, access, code) => {
    expect(ctlCode(type, fn, method, access)).toBe(code)
    expect(methodOf(code)).toBe(method)
  })

  it('sets the custom bit by a function code of 0x800 and above', () => {
    const code = ctlCode(ctl.FILE_DEVICE_UNKNOWN, 0x800, ctl.METHOD_BUFFERED, ctl.FILE_ANY_ACCESS)
    expect(code).toBe(0x222000)
    expect(code & (1 << 13)).not.toBe(0)
    expect(ctlCode(ctl.FILE_DEVICE_UNKNOWN, 0x7ff, 3, 3) & (1 << 13)).toBe(0)
  })

  it('keeps the fields apart', () => {
    expect(ctlCode(1, 0, 0, 0)).toBe(0x1_0000)
    expect(ctlCode(0, 0, 0, 3)).toBe(0xc000)
    expect(ctlCode(0, 0xfff, 0, 0)).toBe(0x3ffc)
    expect(ctlCode(0, 0, 3, 0)).toBe(3)
  })

  it('has the method in the low bits of a vendor’s code too, which is negative as an int32', () => {
    const code = ctlCode(0x8001, 0x900, ctl.METHOD_OUT_DIRECT, ctl.FILE_ANY_ACCESS)
    expect(code | 0).toBeLessThan(0)
    expect(methodOf(code | 0)).toBe(ctl.METHOD_OUT_DIRECT)
  })
})
