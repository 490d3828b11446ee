import { describe, expect, it } from 'vitest'
import * as nt from '../../../../src/abi/ntstatus.js'
import {
  UNMAP_LIST_BYTES,
  writeUnmapCdb,
  writeUnmapList,
  writeZeroesCdb,
} from '../../../../src/pairs/storage/cdb.js'
import { createSharedMemory } from '../../../../src/pairs/storage/shared-sparse-memory.js'
import { StorageRig } from '../../../harness/storage-rig.js'

const MIB = 2 ** 20
const kinds: [string, () => Record<string, unknown>][] = [
  ['private', () => ({ bytes: 4 * MIB })],
  ['shared', () => ({ store: createSharedMemory(4 * MIB, 4 * MIB) })],
]

function writeSame10(cdb: Uint8Array): number {
  cdb.set([0x41, 0, 0, 0, 0, 3, 0, 1, 2])
  return 10
}

describe.each(kinds)('RAM disk in %s memory', (_kind, parameters) => {
  const open = () => StorageRig.open({ miniport: 'ram', ...parameters() })

  it('keeps what is written, and flushes at once', async () => {
    const rig = await open()
    const bytes = Uint8Array.from({ length: 200 * 512 }, (_, i) => i % 251)
    expect(await rig.write(65_536 - 512, bytes)).toBe(0)
    expect(await rig.read(65_536 - 512, bytes.length)).toEqual(bytes)
    expect((await rig.until(rig.file.flush())).status).toBe(0)
    expect(await rig.write(4 * MIB - 512, bytes)).toBe(nt.STATUS_NONEXISTENT_SECTOR)
    await rig.close()
  })

  it('clears by WRITE SAME with and without holes, and by UNMAP', async () => {
    const rig = await open()
    const full = new Uint8Array(3 * 65_536).fill(7)
    for (const how of ['unmap', 'hole', 'zeros']) {
      await rig.write(0, full)
      const list = new Uint8Array(UNMAP_LIST_BYTES)
      writeUnmapList(list, 64, 200)
      const { status } = await rig.until(
        how === 'unmap'
          ? rig.srb({ cdb: (cdb) => writeUnmapCdb(cdb, list.length), out: list })
          : rig.srb({ cdb: (cdb) => writeZeroesCdb(cdb, 64, 200, how === 'hole') }),
      )
      expect(status).toBe(0)
      const after = await rig.read(0, full.length)
      expect(after.findIndex((byte) => byte === 0)).toBe(64 * 512)
      expect(after.indexOf(7, 64 * 512)).toBe(264 * 512)
      expect(after.lastIndexOf(0)).toBe(264 * 512 - 1)
    }
    await rig.close()
  })

  it('repeats a block by WRITE SAME', async () => {
    const rig = await open()
    const block = Uint8Array.from({ length: 512 }, (_, i) => i % 256)
    expect((await rig.until(rig.srb({ cdb: writeSame10, out: block }))).status).toBe(0)
    const after = await rig.read(0, 512 * 300)
    for (let lba = 0; lba < 300; lba++) {
      const expected = lba >= 3 && lba < 3 + 0x102 ? block : new Uint8Array(512)
      expect(Buffer.compare(after.subarray(lba * 512, (lba + 1) * 512), expected)).toBe(0)
    }
    await rig.close()
  })
})

it('a disk that is full says so, and keeps what it has', async () => {
  const store = createSharedMemory(100 * 65_536, 2 * 65_536)
  const rig = await StorageRig.open({ miniport: 'ram', store })
  const block = new Uint8Array(512).fill(1)
  expect([await rig.write(0, block), await rig.write(65_536, block)]).toEqual([0, 0])
  expect(await rig.write(2 * 65_536, block)).toBe(nt.STATUS_DISK_FULL)
  expect(await rig.read(65_536, 512)).toEqual(block)
  const zeros = rig.srb({ cdb: (cdb) => writeZeroesCdb(cdb, 0, 2000, false) })
  expect((await rig.until(zeros)).status).toBe(nt.STATUS_DISK_FULL)
  await rig.close()
})

it('a read-only one refuses to change', async () => {
  const rig = await StorageRig.open({ miniport: 'ram', bytes: MIB, readOnly: true })
  expect(await rig.write(0, new Uint8Array(512))).toBe(nt.STATUS_MEDIA_WRITE_PROTECTED)
  expect(await rig.read(0, 512)).toEqual(new Uint8Array(512))
  await rig.close()
})
