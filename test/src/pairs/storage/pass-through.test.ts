import { expect, it } from 'vitest'
import {
  IOCTL_STORAGE_SRB_IN,
  IOCTL_STORAGE_SRB_OUT,
  PASS_THROUGH_BYTES,
  passThroughCdb,
  passThroughFlags,
  passThroughLun,
  passThroughTimeOutMs,
  readPassThrough,
  writePassThrough,
} from '../../../../src/pairs/storage/pass-through.js'
import { Srb } from '../../../../src/pairs/storage/srb.js'

it('is read as it was written', () => {
  const bytes = new Uint8Array(PASS_THROUGH_BYTES).fill(0xee)
  passThroughCdb(bytes).set([0x28, 1, 2, 3])
  writePassThrough(bytes, 0x20, 3, 4, 0x80000, 70_000)
  expect([passThroughLun(bytes), passThroughFlags(bytes)]).toEqual([3, 0x80000])
  expect(passThroughTimeOutMs(bytes)).toBe(70_000)
  const srb = new Srb(0)
  srb.cdb.fill(0xff)
  expect(readPassThrough(bytes, srb)).toBe(true)
  expect([srb.function, srb.cdbLength]).toEqual([0x20, 4])
  expect([...srb.cdb]).toEqual([0x28, 1, 2, 3, ...Array.from({ length: 12 }, () => 0)])
})

it('has no CDB of more than 16 bytes', () => {
  const bytes = new Uint8Array(PASS_THROUGH_BYTES)
  writePassThrough(bytes, 0, 0, 17, 0, 0)
  expect(readPassThrough(bytes, new Srb(0))).toBe(false)
})

it('uses the method that goes with the direction', () => {
  expect([IOCTL_STORAGE_SRB_IN & 3, IOCTL_STORAGE_SRB_OUT & 3]).toEqual([2, 1])
})
