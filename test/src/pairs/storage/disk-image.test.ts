import { existsSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { closeDiskImage, openDiskImage } from '../../../../src/pairs/storage/disk-image.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'irpool-image-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function sizeOf(path: string, bytes?: number, isReadOnly = false): Promise<number> {
  const { fd, sizeBytes } = await openDiskImage(path, bytes, isReadOnly)
  await closeDiskImage(fd)
  return sizeBytes
}

it('makes a file of the size asked for, keeps one that is there, grows a smaller one', async () => {
  const path = join(folder, 'new.img')
  expect(await sizeOf(path, 2 ** 20)).toBe(2 ** 20)
  expect(statSync(path).size).toBe(2 ** 20)
  expect(statSync(path).blocks).toBe(0)
  expect(await sizeOf(path)).toBe(2 ** 20)
  expect(await sizeOf(path, 2 ** 21)).toBe(2 ** 21)
  expect(statSync(path).size).toBe(2 ** 21)
})

it('does not touch a file that is read-only', async () => {
  const path = join(folder, 'fixed.img')
  writeFileSync(path, 'x'.repeat(1000))
  expect(await sizeOf(path, 4096, true)).toBe(4096)
  expect(statSync(path).size).toBe(1000)
})

const expectRefused = (message: string, path: unknown, bytes?: number, isReadOnly = false) =>
  expect(openDiskImage(path, bytes, isReadOnly)).rejects.toMatchObject({
    code: 'ERR_IRP_DISK_IMAGE',
    message: expect.stringContaining(message) as string,
  })

it('refuses what cannot be, and says what to do', async () => {
  expect.assertions(8)
  const path = join(folder, 'a.img')
  await expectRefused('needs a path', undefined)
  await expectRefused('say how large', path)
  await expectRefused('ENOENT', path, 512, true)
  await expectRefused('ENOENT', join(folder, 'no', 'where'), 512)
  await expectRefused('whole number', path, -1)
  await expectRefused('no regular file', folder, undefined, true)
  writeFileSync(path, '')
  await expectRefused('is empty', path)
  truncateSync(path, 4096)
  await expectRefused('more than the 512', path, 512)
})

/** Not to be written by anybody, root included; Linux only. */
const UNWRITABLE = '/sys/kernel/notes'

it.skipIf(!existsSync(UNWRITABLE))(
  'says what to do with a file that must not be written',
  async () => {
    await expect(openDiskImage(UNWRITABLE, undefined, false)).rejects.toThrow(
      '(EACCES): serve it read-only',
    )
  },
)
