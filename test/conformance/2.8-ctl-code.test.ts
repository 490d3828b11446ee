/** 2.8: the bits of an I/O control code. */
import { expect, it } from 'vitest'
import * as ctl from '../../src/abi/ctl-code.js'
import { singleQueue } from './single-queue.js'
import { named } from './named.js'

const FIELDS = [
  { field: 'transfer method', at: 0, code: ctl.ctlCode(0, 0, 3, 0), bits: 0b11 },
  { field: 'function', at: 2, code: ctl.ctlCode(0, 0xfff, 0, 0), bits: 0xfff << 2 },
  {
    field: 'custom bit, set by vendor functions',
    at: 13,
    code: ctl.ctlCode(0, 0x800, 0, 0),
    bits: 1 << 13,
  },
  { field: 'access', at: 14, code: ctl.ctlCode(0, 0, 0, 3), bits: 3 << 14 },
  { field: 'device type', at: 16, code: ctl.ctlCode(0x7fff, 0, 0, 0), bits: 0x7fff << 16 },
  {
    field: 'common bit, set by vendor types',
    at: 31,
    code: ctl.ctlCode(0x8000, 0, 0, 0),
    bits: 1 << 31,
  },
]

it.each(named(FIELDS, '2.8 the $field starts at bit $at'))('%s', (_name, { code, bits }) => {
  expect(code).toBe(bits)
})

/** Public codes of real drivers. */
const KNOWN = [
  { name: 'IOCTL_BATTERY_QUERY_TAG', code: ctl.ctlCode(0x29, 0x10, 0, 1), value: 0x294040 },
  { name: 'IOCTL_BATTERY_SET_INFORMATION', code: ctl.ctlCode(0x29, 0x12, 0, 2), value: 0x298048 },
  { name: 'IOCTL_INTERNAL_USB_SUBMIT_URB', code: ctl.ctlCode(0x22, 0, 3, 0), value: 0x220003 },
]

it.each(named(KNOWN, '2.8 $name is built as in its header'))('%s', (_name, { code, value }) => {
  expect(code >>> 0).toBe(value)
})

const METHODS = [
  { name: 'METHOD_BUFFERED', constant: ctl.METHOD_BUFFERED, value: 0 },
  { name: 'METHOD_IN_DIRECT', constant: ctl.METHOD_IN_DIRECT, value: 1 },
  { name: 'METHOD_OUT_DIRECT', constant: ctl.METHOD_OUT_DIRECT, value: 2 },
  { name: 'METHOD_NEITHER', constant: ctl.METHOD_NEITHER, value: 3 },
]

it.each(named(METHODS, '2.8 $name is $value, the two low bits'))(
  '%s',
  (_name, { constant, value }) => {
    expect(constant).toBe(value)
    expect(ctl.methodOf(ctl.ctlCode(0x8123, 0x923, constant, 1))).toBe(value)
  },
)

it('2.8 access: 0 any, 1 read, 2 write', () => {
  expect([ctl.FILE_ANY_ACCESS, ctl.FILE_READ_ACCESS, ctl.FILE_WRITE_ACCESS]).toEqual([0, 1, 2])
})

const TYPES = [
  { name: 'FILE_DEVICE_DISK', constant: ctl.FILE_DEVICE_DISK, value: 0x07 },
  { name: 'FILE_DEVICE_UNKNOWN', constant: ctl.FILE_DEVICE_UNKNOWN, value: 0x22 },
  { name: 'FILE_DEVICE_BATTERY', constant: ctl.FILE_DEVICE_BATTERY, value: 0x29 },
  { name: 'FILE_DEVICE_MASS_STORAGE', constant: ctl.FILE_DEVICE_MASS_STORAGE, value: 0x2d },
]

it.each(named(TYPES, '2.8 $name is $value'))('%s', (_name, { constant, value }) => {
  expect(constant).toBe(value)
})

it('2.8 a code with bit 31 set reaches the handler as it was sent', async () => {
  const code = ctl.ctlCode(0x9000, 0x801, ctl.METHOD_BUFFERED, 0)
  const { requester, engine, held } = await singleQueue()
  requester.ioctl(1, code)
  engine.run()
  expect(held.map((request) => request.ioControlCode)).toEqual([code])
})
