import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { checkSocketPath, clearSocketPath } from '../../../src/nbd/unix-socket.js'

const folder = mkdtempSync(join(tmpdir(), 'irpool-socket-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const refusal = (code: string, value: unknown) =>
  expect.objectContaining({ name: 'NbdServerError', code, value }) as Error

describe('a path of a Unix socket', () => {
  it('may have as many bytes as the system takes, and no more', () => {
    expect(() => checkSocketPath('/tmp/disk.sock')).not.toThrow()
    const long = `/tmp/${'x'.repeat(103)}`
    expect(() => checkSocketPath(long)).toThrow(refusal('ERR_IRP_NBD_OPTION', long))
    const few = `/tmp/${'ä'.repeat(60)}`
    expect(() => checkSocketPath(few)).toThrow(refusal('ERR_IRP_NBD_OPTION', few))
  })

  it.each([undefined, null, '', 5])('is not %s', (path) => {
    expect(() => checkSocketPath(path)).toThrow(refusal('ERR_IRP_NBD_OPTION', path))
  })
})

describe('what lies where a server shall listen', () => {
  it('is left alone when it is no socket: an image named by mistake', async () => {
    const image = join(folder, 'disk.img')
    writeFileSync(image, 'bytes of somebody')
    await expect(clearSocketPath(image)).rejects.toEqual(refusal('ERR_IRP_NBD_LISTEN', image))
    expect(readFileSync(image, 'utf8')).toBe('bytes of somebody')
    const inner = join(folder, 'folder')
    mkdirSync(inner)
    await expect(clearSocketPath(inner)).rejects.toEqual(refusal('ERR_IRP_NBD_LISTEN', inner))
  })

  it('may be nothing, in a folder that is there', async () => {
    await clearSocketPath(join(folder, 'new.sock'))
    const lost = join(folder, 'no', 'new.sock')
    await expect(clearSocketPath(lost)).rejects.toThrow(/there is no folder .*choose another/)
  })

  it('stays when a server answers there', async () => {
    const path = join(folder, 'alive.sock')
    const server = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => server.listen({ path }, resolve))
    await clearSocketPath(path)
    expect(existsSync(path)).toBe(true)
    await new Promise((resolve) => server.close(resolve))
  })

  it('goes when a server that was killed left it behind', async () => {
    const path = join(folder, 'dead.sock')
    const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
    spawnSync(process.execPath, ['-e', script])
    expect(existsSync(path)).toBe(true)
    await clearSocketPath(path)
    expect(existsSync(path)).toBe(false)
  })
})
