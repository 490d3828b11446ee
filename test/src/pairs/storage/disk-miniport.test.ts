import { expect, it } from 'vitest'
import { writeReadCdb, writeUnmapCdb } from '../../../../src/pairs/storage/cdb.js'
import { DISK_READ, type DiskCommand } from '../../../../src/pairs/storage/disk-command.js'
import { DiskMiniport } from '../../../../src/pairs/storage/disk-miniport.js'
import type { AdapterDescription, PortServices } from '../../../../src/pairs/storage/miniport.js'
import { Srb, SRB_STATUS_SUCCESS } from '../../../../src/pairs/storage/srb.js'

const READ_CAPACITY_10 = 0x25

class SmallDisk extends DiskMiniport {
  find(canUnmap: boolean, depth?: number): AdapterDescription {
    const traits = { blockBytes: 512, blockCount: 100, isReadOnly: false, canUnmap }
    return this.found({ ...traits, product: 'Small', serialNumber: 'small0' }, depth)
  }
}

function small(canUnmap = false) {
  const completed: number[] = []
  const port = {
    requestComplete: (_srb: Srb, status: number) => void completed.push(status),
  } as Partial<PortServices> as PortServices
  const disk = new SmallDisk(port)
  disk.find(canUnmap)
  const build = (cdb: (bytes: Uint8Array) => unknown, dataBytes: number) => {
    const srb = new Srb(0)
    srb.extension = disk.HwMakeSrbExtension(srb)
    srb.data = new Uint8Array(dataBytes)
    cdb(srb.cdb)
    return { srb, isForHwStartIo: disk.HwBuildIo(srb) }
  }
  return { disk, build, completed }
}

it('finds one unit, of the depth it is given', () => {
  const { disk } = small()
  expect(disk.find(false, 7)).toEqual({
    units: [{ blockBytes: 512, blockCount: 100, queueDepth: 7 }],
    maximumTransferBytes: 2 ** 28,
  })
  expect(disk.find(false).units[0]?.queueDepth).toBe(254)
})

it('leaves a decoded read to HwStartIo', () => {
  const { build, completed } = small()
  const { srb, isForHwStartIo } = build((cdb) => writeReadCdb(cdb, 3, 2), 1024)
  expect([isForHwStartIo, completed]).toEqual([true, []])
  const command = srb.extension as DiskCommand
  expect([command.kind, command.offset, command.length]).toEqual([DISK_READ, 1536, 1024])
})

it('answers a question about the disk at once', () => {
  const { build, completed } = small()
  const { srb, isForHwStartIo } = build((cdb) => (cdb[0] = READ_CAPACITY_10), 8)
  expect([isForHwStartIo, completed]).toEqual([false, [SRB_STATUS_SUCCESS]])
  expect([...srb.data]).toEqual([0, 0, 0, 99, 0, 0, 2, 0])
})

it.each([true, false])('takes UNMAP where blocks can be freed: %s', (canUnmap) => {
  const { build, completed } = small(canUnmap)
  const { isForHwStartIo } = build((cdb) => writeUnmapCdb(cdb, 8), 8)
  expect(isForHwStartIo).toBe(canUnmap)
  expect(completed).toHaveLength(canUnmap ? 0 : 1)
})
