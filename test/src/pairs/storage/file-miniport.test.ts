import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as nt from '../../../../src/abi/ntstatus.js'
import {
  UNMAP_LIST_BYTES,
  writeUnmapCdb,
  writeUnmapList,
  writeWriteCdb,
  writeZeroesCdb,
} from '../../../../src/pairs/storage/cdb.js'
import * as srbs from '../../../../src/pairs/storage/srb.js'
import { QUIETLY, StorageRig } from '../../../harness/storage-rig.js'

const MIB = 2 ** 20
let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'irpool-file-'))
  path = join(folder, 'disk.img')
})
afterEach(() => rmSync(folder, { recursive: true }))
const open = (parameters: Record<string, unknown> = {}) =>
  StorageRig.open({ miniport: 'file', path, ...parameters })

describe('file disk', () => {
  it('is the file: what is written is there, many at once', async () => {
    const rig = await open({ bytes: 4 * MIB })
    const writes = Array.from({ length: 40 }, (_, i) =>
      rig.file.write(new Uint8Array(8192).fill(i + 1), { offset: i * 8192 }),
    )
    await rig.until(Promise.all(writes))
    expect((await rig.until(rig.file.flush())).status).toBe(0)
    const back = await rig.read(0, 40 * 8192)
    const onDisk = readFileSync(path)
    expect(Buffer.compare(back, onDisk.subarray(0, back.length))).toBe(0)
    for (let i = 0; i < 40; i++) expect(back[i * 8192 + 77]).toBe(i + 1)
    await rig.close()
  })

  it('writes through when asked', async () => {
    const rig = await open({ bytes: MIB })
    const out = new Uint8Array(512).fill(9)
    const forced = rig.srb({ cdb: (cdb) => writeWriteCdb(cdb, 2, 1, true), out })
    expect(await rig.until(forced)).toMatchObject({ status: 0, information: 512 })
    expect(readFileSync(path)[1024]).toBe(9)
    await rig.close()
  })

  it('clears small ranges with zeros and large ones with holes', async () => {
    const rig = await open({ bytes: 8 * MIB })
    await rig.write(0, new Uint8Array(3 * MIB).fill(5))
    const small = rig.srb({ cdb: (cdb) => writeZeroesCdb(cdb, 1, 3, true) })
    expect((await rig.until(small)).status).toBe(0)
    const large = rig.srb({ cdb: (cdb) => writeZeroesCdb(cdb, 2048, 2048, true) })
    expect((await rig.until(large)).status).toBe(0)
    const bytes = readFileSync(path)
    expect([bytes[511], bytes[512], bytes[2047], bytes[2048]]).toEqual([5, 0, 0, 5])
    expect([bytes[MIB - 1], bytes[MIB], bytes[2 * MIB - 1], bytes[2 * MIB]]).toEqual([5, 0, 0, 5])
    const kept = rig.srb({ cdb: (cdb) => writeZeroesCdb(cdb, 4096, 4096, false) })
    expect((await rig.until(kept)).status).toBe(0)
    expect(readFileSync(path)[2 * MIB]).toBe(0)
    await rig.close()
  })

  it('unmaps where the file system can, and refuses where not', async () => {
    const rig = await open({ bytes: 8 * MIB })
    await rig.write(0, new Uint8Array(3 * MIB).fill(5))
    const before = statSync(path).blocks
    const list = new Uint8Array(UNMAP_LIST_BYTES)
    writeUnmapList(list, 0, 4096)
    const unmapped = rig.srb({ cdb: (cdb) => writeUnmapCdb(cdb, list.length), out: list })
    const { status } = await rig.until(unmapped)
    const cleared = readFileSync(path).subarray(0, 2 * MIB)
    const isClear = cleared.every((byte) => byte === 0) && statSync(path).blocks < before
    const isRefused = status === nt.STATUS_INVALID_DEVICE_REQUEST && !isClear
    expect(isRefused || (status === 0 && isClear)).toBe(true)
    expect((await rig.read(2 * MIB, 512))[0]).toBe(5)
    await rig.close()
  })

  it('reads zeros behind the end of a file that ends within a block', async () => {
    writeFileSync(path, 'x'.repeat(700))
    const rig = await open()
    const bytes = await rig.read(0, 1024)
    expect([bytes[699], bytes[700], bytes[1023]]).toEqual([120, 0, 0])
    await rig.close()
  })

  it('fails what its file cannot do, and only that', async () => {
    const rig = await open({ bytes: MIB, readOnly: false })
    // Shorter than promised: reads go on as zeros.
    truncateSync(path, 1000)
    expect((await rig.read(4096, 512))[0]).toBe(0)
    await rig.close()
    const readOnly = await open({ bytes: MIB, readOnly: true })
    expect(await readOnly.write(0, new Uint8Array(512))).toBe(nt.STATUS_MEDIA_WRITE_PROTECTED)
    expect((await readOnly.until(readOnly.file.flush(QUIETLY))).status).toBe(0)
    await readOnly.close()
  })

  it('a reset works while nothing runs, and is refused otherwise', async () => {
    const rig = await open({ bytes: MIB })
    const reset = () => rig.srb({ cdb: () => 0, srbFunction: srbs.SRB_FUNCTION_RESET_LOGICAL_UNIT })
    expect((await rig.until(reset())).status).toBe(0)
    const [write, refused] = [rig.file.write(new Uint8Array(65_536), { offset: 0 }), reset()]
    expect((await rig.until(refused)).status).toBe(nt.STATUS_IO_DEVICE_ERROR)
    expect((await rig.until(write)).status).toBe(0)
    await rig.close()
  })

  it('cannot be without a file', async () => {
    await expect(open()).rejects.toThrow('say how large')
  })
})
