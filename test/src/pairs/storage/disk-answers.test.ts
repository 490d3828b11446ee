import { describe, expect, it } from 'vitest'
import { get16, get32, get64 } from '../../../../src/pairs/storage/cdb.js'
import { answerDiskCommand, type DiskModel } from '../../../../src/pairs/storage/disk-answers.js'
import { Srb, SRB_STATUS_SUCCESS } from '../../../../src/pairs/storage/srb.js'

const disk: DiskModel = {
  blockBytes: 4096,
  blockCount: 2 ** 33,
  isReadOnly: false,
  canUnmap: true,
  maximumTransferBytes: 2 ** 20,
  maximumUnmapDescriptors: 5,
  product: 'A disk',
  serialNumber: 'serial7',
  unitCount: 2,
}

function ask(cdb: number[], room = 512, model = disk): Srb {
  const srb = new Srb(0)
  srb.data = new Uint8Array(room)
  srb.dataTransferLength = room
  srb.cdb.set(cdb)
  srb.srbStatus = answerDiskCommand(model, srb)
  return srb
}
function answer(cdb: number[], room = 512, model = disk): Uint8Array {
  const srb = ask(cdb, room, model)
  expect(srb.srbStatus).toBe(SRB_STATUS_SUCCESS)
  return srb.data.subarray(0, srb.dataTransferLength)
}
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

describe('INQUIRY', () => {
  it('names a direct-access device', () => {
    const bytes = answer([0x12, 0, 0, 0, 255])
    expect([bytes[0], bytes.length, bytes[4]]).toEqual([0, 36, 31])
    expect(text(bytes.subarray(8, 32))).toBe('IRPOOL  A disk          ')
  })

  it('gives no more than it is allowed, or than there is room for', () => {
    expect(answer([0x12, 0, 0, 0, 5])).toHaveLength(5)
    expect(answer([0x12, 0, 0, 0, 255], 7)).toHaveLength(7)
  })

  it('has the pages that it lists', () => {
    const list = answer([0x12, 1, 0, 0, 255])
    const pages = [...list.subarray(4)]
    expect(pages).toHaveLength(get16(list, 2))
    for (const page of pages) {
      const bytes = answer([0x12, 1, page, 1, 255])
      expect([bytes[1], bytes.length]).toEqual([page, get16(bytes, 2) + 4])
    }
    expect(text(answer([0x12, 1, 0x80, 0, 255]).subarray(4))).toBe('serial7')
    const limits = answer([0x12, 1, 0xb0, 0, 255])
    expect([get32(limits, 8), get32(limits, 24)]).toEqual([256, 5])
  })

  it('tells of provisioning only what is true', () => {
    expect(answer([0x12, 1, 0xb2, 0, 255])[5]).toBe(0xe4)
    expect(answer([0x12, 1, 0xb2, 0, 255], 64, { ...disk, canUnmap: false })[5]).toBe(0)
  })

  it.each([[[0x12, 1, 0x55, 0, 255]], [[0x12, 0, 0x80, 0, 255]]])('refuses %j', (cdb) => {
    expect([ask(cdb).senseKey, ask(cdb).additionalSense]).toEqual([5, 0x2400])
  })
})

describe('the size', () => {
  it('is in READ CAPACITY (16), and does not fit the old one', () => {
    const bytes = answer([0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32])
    expect([get64(bytes, 0), get32(bytes, 8)]).toEqual([2 ** 33 - 1, 4096])
    expect(get32(answer([0x25]), 0)).toBe(0xffffffff)
    expect(get32(answer([0x25], 8, { ...disk, blockCount: 100 }), 0)).toBe(99)
  })

  it('is the only service action', () => {
    expect(ask([0x9e, 0x12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32]).additionalSense).toBe(0x2400)
  })
})

describe('MODE SENSE', () => {
  it.each([
    [[0x1a, 0, 0x3f, 0, 255], 4, 2, 0],
    [[0x5a, 0, 0x3f, 0, 0, 0, 0, 1, 0], 8, 3, 0],
  ])('%j: its length, write protection, FUA, and a write cache', (cdb, header, flagsAt) => {
    const bytes = answer(cdb)
    expect(bytes).toHaveLength(header + 20 + 12)
    expect(header === 4 ? (bytes[0] as number) + 1 : get16(bytes, 0) + 2).toBe(bytes.length)
    expect(bytes[flagsAt]).toBe(0x10)
    expect([bytes[header], bytes[header + 2]]).toEqual([8, 4])
    expect(answer(cdb, 512, { ...disk, isReadOnly: true })[flagsAt]).toBe(0x90)
  })

  it('has two pages and no other', () => {
    expect(answer([0x1a, 0, 0x08, 0, 255])).toHaveLength(24)
    expect(answer([0x1a, 0, 0x0a, 0, 255])).toHaveLength(16)
    expect(ask([0x1a, 0, 0x01, 0, 255]).additionalSense).toBe(0x2400)
  })
})

it('REPORT LUNS lists all units', () => {
  const bytes = answer([0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0])
  expect([bytes.length, get32(bytes, 0), bytes[9], bytes[17]]).toEqual([24, 16, 0, 1])
})

it('TEST UNIT READY is ready, REQUEST SENSE senses nothing, others are not known', () => {
  expect(ask([0x00]).srbStatus).toBe(SRB_STATUS_SUCCESS)
  expect(answer([0x03, 0, 0, 0, 18])[2]).toBe(0)
  expect([ask([0x55]).senseKey, ask([0x55]).additionalSense]).toEqual([5, 0x2000])
})
