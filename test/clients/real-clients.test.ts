/**
 * Programs that other people wrote, against `irpool serve nbd`. Each test skips, with the reason, where its program
 * (Debian: libnbd-bin, qemu-utils, fio, e2fsprogs), root or /dev/fuse is missing.
 */
import { randomFillSync } from 'node:crypto'
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawn } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { missing, run, ServerProcess, skipIf } from './programs.js'

const MIB = 2 ** 20
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'irpool-clients-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const disks: [string, () => string[]][] = [
  ['ram', () => []],
  ['file', () => ['--miniport', 'file', '--path', join(folder, 'disk.img')]],
  ['nvme', () => ['--miniport', 'nvme']],
]
const serve = (options: string[], size = '64M') =>
  ServerProcess.start(join(folder, 'socket'), '--size', size, ...options)
const CLEAN = { inFlight: 0, protocolErrors: 0, ledger: { lost: 0, inFlight: 0, duplicates: 0 } }

describe.each(disks)('a disk of miniport %s', (_name, options) => {
  it('nbdinfo and nbdcopy: everything in, everything out', async (context) => {
    const reason = missing('nbdinfo', 'nbdcopy', 'cmp')
    skipIf(reason, context)
    const server = await serve(options())
    const [source, target] = [join(folder, 'in'), join(folder, 'out')]
    writeFileSync(source, randomFillSync(Buffer.alloc(24 * MIB)))
    truncateSync(source, 64 * MIB)
    const info = await run('nbdinfo', server.uri())
    for (const line of ['export-size: 67108864', 'can_multi_conn: true', 'can_fua: true']) {
      expect(info).toContain(line)
    }
    await run('nbdcopy', source, server.uri())
    await run('nbdcopy', server.uri(), target)
    await run('cmp', source, target)
    expect(await server.stop()).toMatchObject({ ...CLEAN, errors: 0 })
  })

  it('qemu-img and qemu-io: patterns, zeroes, discard, asynchronous, flush', async (context) => {
    const reason = missing('qemu-img', 'qemu-io')
    skipIf(reason, context)
    const server = await serve(options())
    const source = join(folder, 'in')
    writeFileSync(source, randomFillSync(Buffer.alloc(8 * MIB)))
    truncateSync(source, 64 * MIB)
    const raw = ['-f', 'raw', '-O', 'raw', '-n', source, server.uri()]
    await run('qemu-img', 'convert', ...raw)
    const same = ['-f', 'raw', '-F', 'raw', source, server.uri()]
    expect(await run('qemu-img', 'compare', ...same)).toContain('identical')
    const words = [
      'write -P 0x5a 1M 3M',
      'read -P 0x5a 1M 3M',
      'write -z 2M 64k',
      'read -P 0 2M 64k',
      'discard 3M 512k',
      'aio_write -P 7 8M 1M',
      'aio_write -P 8 10M 20M',
      'aio_flush',
      'aio_read -P 7 8M 1M',
      'aio_read -P 8 10M 20M',
      'aio_flush',
      'flush',
      'write -f -P 3 32M 20M',
      'read -P 3 32M 20M',
      'write -P 9 31K 1K',
      'read -P 9 31K 1K',
    ]
    const said = await run('qemu-io', '-f', 'raw', ...words.flatMap((c) => ['-c', c]), server.uri())
    expect(said).not.toContain('failed')
    expect(said.match(/bytes at offset/g)).toHaveLength(words.length - 3)
    expect(await server.stop()).toMatchObject({ ...CLEAN, errors: 0 })
  })

  it.for([1, 4])('fio: random writes with crc32c, depth 32, %d jobs', async (jobs, context) => {
    const reason = missing('fio') ?? (await withoutFioEngine())
    skipIf(reason, context)
    const server = await serve(options())
    const report = await run(
      'fio',
      '--name=verify',
      '--ioengine=nbd',
      `--uri=${server.uri()}`,
      '--rw=randwrite',
      '--bs=4k',
      '--iodepth=32',
      '--size=12M',
      '--offset_increment=12M',
      `--numjobs=${jobs}`,
      '--verify=crc32c',
      '--verify_state_save=0',
      '--output-format=json',
    )
    const { jobs: results } = JSON.parse(report.slice(report.indexOf('{'))) as {
      jobs: { error: number; read: { total_ios: number } }[]
    }
    expect(results).toHaveLength(jobs)
    for (const { error, read } of results) {
      expect([error, read.total_ios]).toEqual([0, 3072])
    }
    expect(await server.stop()).toMatchObject({ ...CLEAN, errors: 0 })
  })
})

it('ext4 on nbdfuse: a real tree in, mounted again, equal and clean', async (context) => {
  const reason = missing('nbdfuse', 'mkfs.ext4', 'e2fsck', 'losetup', 'diff') ?? withoutFuse()
  skipIf(reason, context)
  const server = await serve(['--miniport', 'file', '--path', join(folder, 'disk.img')], '96M')
  const [fuse, mounted] = [join(folder, 'fuse'), join(folder, 'mounted')]
  mkdirSync(fuse)
  mkdirSync(mounted)
  const source = fileURLToPath(new URL('../../src', import.meta.url))
  const daemon = spawn('nbdfuse', [join(fuse, 'disk'), server.uri()], { stdio: 'inherit' })
  // What was set up is taken down whatever happens in between.
  const undo: (() => Promise<unknown>)[] = [() => server.stop(), () => ended(daemon, fuse)]
  try {
    const disk = join(fuse, 'disk')
    await appears(disk)
    await run('mkfs.ext4', '-q', '-F', disk)
    const device = (await run('losetup', '--find', '--show', disk)).trim()
    undo.push(() => run('losetup', '--detach', device))
    for (const round of ['first', 'second']) {
      await run('mount', device, mounted)
      undo.push(() => run('umount', mounted))
      if (round === 'first') await run('cp', '-a', source, join(mounted, 'src'))
      await run('diff', '-r', source, join(mounted, 'src'))
      await undo.pop()?.()
    }
    expect(await run('e2fsck', '-fn', device)).toContain('files')
  } finally {
    for (const step of undo.reverse()) await step()
  }
})

async function withoutFioEngine(): Promise<string | undefined> {
  const engines = await run('fio', '--enghelp')
  return /\bnbd\b/.test(engines) ? undefined : 'this fio has no nbd engine'
}

function withoutFuse(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root may mount'
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK)
    accessSync('/dev/loop-control')
    return undefined
  } catch {
    return 'there is no /dev/fuse or no loop device'
  }
}

async function appears(path: string): Promise<void> {
  const deadline = performance.now() + 10_000
  for (;;) {
    try {
      accessSync(path)
      return
    } catch (cause) {
      if (performance.now() > deadline) throw new Error(`${path} does not appear`, { cause })
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

async function ended(daemon: ReturnType<typeof spawn>, fuse: string): Promise<void> {
  const closed = new Promise((resolve) => daemon.once('close', resolve))
  await run('umount', fuse).catch(() => daemon.kill())
  await closed
}
