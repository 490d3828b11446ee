import { describe, expect, it } from 'vitest'
import {
  UNMAP_LIST_BYTES,
  writeReadCdb,
  writeSynchronizeCacheCdb,
  writeUnmapCdb,
  writeUnmapList,
  writeWriteCdb,
  writeZeroesCdb,
} from '../../../../src/pairs/storage/cdb.js'
import type { DiskModel } from '../../../../src/pairs/storage/disk-answers.js'
import * as command from '../../../../src/pairs/storage/disk-command.js'
import * as srbs from '../../../../src/pairs/storage/srb.js'

const model: DiskModel = {
  blockBytes: 512,
  blockCount: 100,
  isReadOnly: false,
  canUnmap: true,
  maximumTransferBytes: 2 ** 20,
  maximumUnmapDescriptors: 2,
  product: '',
  serialNumber: '',
  unitCount: 1,
}

function decode(
  cdb: (cdb: Uint8Array) => unknown,
  data: Uint8Array = new Uint8Array(0),
  of = model,
) {
  const srb = new srbs.Srb(0)
  const result = new command.DiskCommand()
  srb.data = data
  cdb(srb.cdb)
  const status = command.decodeDiskCommand(of, srb, result)
  srb.srbStatus = status
  return { status, srb, result }
}
const { SRB_STATUS_PENDING: PENDING, SRB_STATUS_DATA_OVERRUN: OVERRUN } = srbs

const same10 = (cdb: Uint8Array) => cdb.set([0x41, 0, 0, 0, 0, 1, 0, 0, 2])
const unmap = (bytes: number) => (cdb: Uint8Array) => writeUnmapCdb(cdb, bytes)
function anchored(cdb: Uint8Array): void {
  writeUnmapCdb(cdb, 24)
  cdb[1] = 1
}
function one(lba: number, blocks: number): Uint8Array {
  const list = new Uint8Array(UNMAP_LIST_BYTES)
  writeUnmapList(list, lba, blocks)
  return list
}

describe('transfers', () => {
  it('become bytes', () => {
    const { status, result, srb } = decode((cdb) => writeReadCdb(cdb, 3, 2), new Uint8Array(1024))
    expect([status, result.kind, result.offset, result.length]).toEqual([PENDING, 1, 1536, 1024])
    expect(srb.dataTransferLength).toBe(1024)
  })

  it('keep FUA', () => {
    for (const force of [true, false]) {
      const write = (cdb: Uint8Array) => writeWriteCdb(cdb, 0, 1, force)
      expect(decode(write, new Uint8Array(512)).result.forceUnitAccess).toBe(force)
    }
  })

  it('use no more of the caller’s bytes than the CDB names, and refuse fewer', () => {
    const long = decode((cdb) => writeReadCdb(cdb, 0, 1), new Uint8Array(600))
    expect([long.status, long.srb.data.length]).toEqual([PENDING, 512])
    expect(decode((cdb) => writeReadCdb(cdb, 0, 2), new Uint8Array(600)).status).toBe(OVERRUN)
  })

  it.each([
    [99, 2],
    [100, 1],
    [2 ** 52, 1],
  ])('end at the end of the disk: block %d, %d blocks', (lba, blocks) => {
    const { srb } = decode((cdb) => writeReadCdb(cdb, lba, blocks), new Uint8Array(1024))
    expect([srb.senseKey, srb.additionalSense]).toEqual([5, 0x2100])
    expect(decode((cdb) => writeReadCdb(cdb, 99, 1), new Uint8Array(512)).status).toBe(PENDING)
  })

  it('are refused by a disk that is read-only, in all their forms', () => {
    const readOnly = { ...model, isReadOnly: true }
    const changes = [
      (cdb: Uint8Array) => writeWriteCdb(cdb, 0, 1, false),
      (cdb: Uint8Array) => writeZeroesCdb(cdb, 0, 1, true),
      (cdb: Uint8Array) => writeUnmapCdb(cdb, 0),
    ]
    for (const change of changes) {
      const { srb } = decode(change, new Uint8Array(512), readOnly)
      expect([srb.senseKey, srb.additionalSense]).toEqual([7, 0x2700])
    }
    expect(decode(writeSynchronizeCacheCdb, undefined, readOnly).status).toBe(PENDING)
  })
})

describe('WRITE SAME', () => {
  it('knows zeros with and without data', () => {
    const none = decode((cdb) => writeZeroesCdb(cdb, 1, 2, true))
    expect([none.status, none.result.pattern.length, none.result.mayUnmap]).toEqual([
      PENDING,
      0,
      true,
    ])
    expect(decode(same10, new Uint8Array(512)).result.pattern).toHaveLength(0)
    const pattern = new Uint8Array(512).fill(7)
    expect(decode(same10, pattern).result.pattern).toEqual(pattern)
    expect(decode(same10, new Uint8Array(100)).status).toBe(OVERRUN)
  })

  it('of no blocks goes to the end', () => {
    const { result } = decode((cdb) => writeZeroesCdb(cdb, 90, 0, false))
    expect([result.offset, result.length]).toEqual([90 * 512, 10 * 512])
  })
})

describe('UNMAP', () => {
  it('has its ranges in a list', () => {
    const { status, srb } = decode(unmap(24), one(4, 6))
    expect([status, command.unmapDescriptorCount(srb.data)]).toEqual([PENDING, 1])
    expect([command.unmapLba(srb.data, 0), command.unmapBlocks(srb.data, 0)]).toEqual([4, 6])
  })

  it('checks the list before anything happens', () => {
    expect(decode(unmap(24), one(99, 2)).srb.additionalSense).toBe(0x2100)
    expect(decode(unmap(24), one(4, 6).subarray(0, 20)).status).toBe(OVERRUN)
    expect(decode(unmap(4), one(4, 6)).srb.additionalSense).toBe(0x1a00)
    const three = new Uint8Array(8 + 3 * 16)
    three.set([0, 0, 0, 48])
    expect(decode(unmap(56), three).srb.additionalSense).toBe(0x2600)
    expect(decode(anchored, one(0, 1)).srb.additionalSense).toBe(0x2400)
  })

  it('of nothing does nothing, and takes no descriptor that is not whole', () => {
    expect(decode(unmap(0)).status).toBe(PENDING)
    expect(command.unmapDescriptorCount(one(0, 1).subarray(0, 23))).toBe(0)
    expect(command.unmapDescriptorCount(new Uint8Array(4))).toBe(0)
  })

  it('is not known where it is not offered', () => {
    const { srb } = decode(unmap(24), one(0, 1), { ...model, canUnmap: false })
    expect(srb.additionalSense).toBe(0x2000)
  })
})

it('resets are started, other functions are no command', () => {
  const srb = new srbs.Srb(0)
  const result = new command.DiskCommand()
  srb.function = srbs.SRB_FUNCTION_RESET_DEVICE
  expect(command.decodeDiskCommand(model, srb, result)).toBe(PENDING)
  expect(result.kind).toBe(command.DISK_RESET)
  srb.function = srbs.SRB_FUNCTION_ABORT_COMMAND
  expect(command.decodeDiskCommand(model, srb, result)).toBe(srbs.SRB_STATUS_INVALID_REQUEST)
})
