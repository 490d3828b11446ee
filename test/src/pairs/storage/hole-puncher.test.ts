import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { HolePuncher } from '../../../../src/pairs/storage/hole-puncher.js'

const MIB = 2 ** 20

it('makes a hole in the open file, or says that it cannot', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'irpool-hole-'))
  const path = join(folder, 'a.img')
  writeFileSync(path, Buffer.alloc(4 * MIB, 7))
  const fd = openSync(path, 'r+')
  try {
    const puncher = new HolePuncher(fd)
    if (!(await puncher.isUsable(4 * MIB))) {
      context.skip('no fallocate program, or a file system without holes')
    }
    expect(statSync(path).size).toBe(4 * MIB)
    const before = statSync(path).blocks
    const both = [puncher.punch(MIB, MIB), puncher.punch(3 * MIB, 4096)]
    expect(await Promise.all(both)).toEqual([true, true])
    const after = readFileSync(path)
    expect(after.length).toBe(4 * MIB)
    expect([after[MIB - 1], after[MIB], after[2 * MIB - 1], after[2 * MIB]]).toEqual([7, 0, 0, 7])
    expect(after[3 * MIB]).toBe(0)
    expect(statSync(path).blocks).toBeLessThan(before)
  } finally {
    closeSync(fd)
    rmSync(folder, { recursive: true })
  }
})

it('says no for what is no file', async () => {
  const fd = openSync('/dev/null', 'r+')
  const puncher = new HolePuncher(fd)
  expect([await puncher.isUsable(0), await puncher.punch(0, 4096)]).toEqual([false, false])
  closeSync(fd)
})
