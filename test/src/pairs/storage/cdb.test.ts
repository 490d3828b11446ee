import { describe, expect, it } from 'vitest'
import {
  cdbBlocks,
  cdbLba,
  get32,
  get64,
  put64,
  UNMAP_LIST_BYTES,
  writeReadCdb,
  writeSynchronizeCacheCdb,
  writeUnmapCdb,
  writeUnmapList,
  writeWriteCdb,
  writeZeroesCdb,
} from '../../../../src/pairs/storage/cdb.js'

const fresh = () => new Uint8Array(16).fill(0xee)

describe('READ and WRITE', () => {
  it('are ten bytes as SBC draws them', () => {
    const cdb = fresh()
    expect(writeReadCdb(cdb, 0x01020304, 0x0506)).toBe(10)
    expect([...cdb.subarray(0, 10)]).toEqual([0x28, 0, 1, 2, 3, 4, 0, 5, 6, 0])
    expect(writeWriteCdb(cdb, 1, 1, true)).toBe(10)
    expect([...cdb.subarray(0, 10)]).toEqual([0x2a, 8, 0, 0, 0, 1, 0, 0, 1, 0])
  })

  it.each([
    [0xffffffff, 0xffff, 10],
    [0x1_0000_0000, 1, 16],
    [0, 0x10000, 16],
    [2 ** 40 + 5, 0xffffffff, 16],
  ])('of block %d, %d blocks take %d bytes and read back', (lba, blocks, bytes) => {
    for (const write of [
      writeReadCdb,
      (cdb: Uint8Array, l: number, b: number) => writeWriteCdb(cdb, l, b, false),
    ]) {
      const cdb = fresh()
      expect(write(cdb, lba, blocks)).toBe(bytes)
      expect(cdbLba(cdb)).toBe(lba)
      expect(cdbBlocks(cdb)).toBe(blocks)
    }
  })
})

describe('the others', () => {
  it('say zeros without data, with or without the right to unmap', () => {
    const cdb = fresh()
    writeZeroesCdb(cdb, 7, 9, true)
    expect([...cdb]).toEqual([0x93, 9, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 9, 0, 0])
    writeZeroesCdb(cdb, 7, 9, false)
    expect(cdb[1]).toBe(1)
  })

  it('say all for SYNCHRONIZE CACHE', () => {
    const cdb = fresh()
    expect(writeSynchronizeCacheCdb(cdb)).toBe(10)
    expect([cdb[0], cdbLba(cdb), cdbBlocks(cdb)]).toEqual([0x35, 0, 0])
  })

  it('carry an UNMAP list with its lengths', () => {
    const cdb = fresh()
    const list = new Uint8Array(UNMAP_LIST_BYTES).fill(0xee)
    expect(writeUnmapCdb(cdb, UNMAP_LIST_BYTES)).toBe(10)
    expect([...cdb.subarray(0, 10)]).toEqual([0x42, 0, 0, 0, 0, 0, 0, 0, 24, 0])
    writeUnmapList(list, 2 ** 33 + 1, 0xfffffffe)
    expect([...list.subarray(0, 8)]).toEqual([0, 22, 0, 16, 0, 0, 0, 0])
    expect(get64(list, 8)).toBe(2 ** 33 + 1)
    expect(get32(list, 16)).toBe(0xfffffffe)
  })

  it('keep 53 bits', () => {
    const bytes = new Uint8Array(8)
    put64(bytes, 0, Number.MAX_SAFE_INTEGER)
    expect(get64(bytes, 0)).toBe(Number.MAX_SAFE_INTEGER)
  })
})
