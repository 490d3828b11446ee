/**
 * The same operations to this server and to `nbdkit memory` (Debian: nbdkit): the same answers, the same bytes.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { CMD, FLAG, NbdClient } from '../harness/nbd-client.js'
import { missing, ServerProcess, skipIf } from './programs.js'
import { seededRandom } from './random.js'

const SIZE = 8 * 2 ** 20
const OPERATIONS = 1500
/** Odd ones with structured replies. */
const RUNS: [seed: number, miniport: string][] = [
  [11, 'ram'],
  [12, 'ram'],
  [13, 'nvme'],
]

interface Operation {
  readonly type: number
  readonly offset: number
  readonly length: number
  readonly flags: number
  readonly data?: Buffer
}

/** A disk that cannot free blocks offers no trim. */
function operation(random: () => number, canTrim: boolean): Operation {
  const upTo = (limit: number): number => Math.floor(random() * limit)
  const clear = canTrim ? CMD.TRIM : CMD.ZEROES
  const type = [CMD.READ, CMD.READ, CMD.WRITE, CMD.WRITE, clear, CMD.ZEROES, CMD.FLUSH][upTo(7)]
  if (type === undefined || type === CMD.FLUSH)
    return { type: CMD.FLUSH, offset: 0, length: 0, flags: 0 }
  const isLong = upTo(4) === 0
  // Only trims keep to blocks: what they do at their edges is theirs.
  const unit = type === CMD.TRIM || upTo(2) === 0 ? 512 : 1
  const length = unit * (1 + upTo((isLong ? 524_288 : 8192) / unit))
  // Now and then over the end: both must refuse.
  const offset = unit * upTo(SIZE / unit - (upTo(20) === 0 ? 0 : length / unit))
  const isForced = type !== CMD.READ && upTo(8) === 0
  const keepsRoom = type === CMD.ZEROES && upTo(2) === 0
  const flags = (isForced ? FLAG.FUA : 0) | (keepsRoom ? FLAG.NO_HOLE : 0)
  if (type !== CMD.WRITE) return { type, offset, length, flags }
  return { type, offset, length, flags, data: Buffer.alloc(length, 1 + upTo(255)) }
}

/** NBD leaves what a trim leaves open; both servers here make it zeros, which is what is compared. */
it.for(RUNS)('seed %d, miniport %s', async ([seed, miniport], context) => {
  skipIf(missing('nbdkit'), context)
  const folder = mkdtempSync(join(tmpdir(), 'irpool-differential-'))
  const options = ['--size', String(SIZE), '--miniport', miniport]
  const ours = await ServerProcess.start(join(folder, 'ours'), ...options)
  const path = join(folder, 'theirs')
  const nbdkit = spawn('nbdkit', ['-f', '-U', path, 'memory', String(SIZE)], { stdio: 'inherit' })
  try {
    while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 10))
    const [one, other] = [
      await NbdClient.open({ path: ours.socket }, 'disk', seed % 2 === 1),
      await NbdClient.open({ path }),
    ]
    const random = seededRandom(seed)
    const differences: unknown[] = []
    for (let i = 0; i < OPERATIONS; i++) {
      const { type, offset, length, flags, data } = operation(random, miniport !== 'nvme')
      const parameters = { flags, ...(data === undefined ? {} : { data }) }
      const [a, b] = await Promise.all([
        one.ask(type, offset, length, parameters),
        other.ask(type, offset, length, parameters),
      ])
      const isSame = (a.error === 0) === (b.error === 0) && a.data.equals(b.data)
      if (!isSame) differences.push({ i, type, offset, length, flags, errors: [a.error, b.error] })
    }
    for (let at = 0; at < SIZE; at += 2 ** 20) {
      const [a, b] = await Promise.all([
        one.ask(CMD.READ, at, 2 ** 20),
        other.ask(CMD.READ, at, 2 ** 20),
      ])
      if (!a.data.equals(b.data)) differences.push({ at })
    }
    expect(differences).toEqual([])
    one.destroy()
    other.destroy()
  } finally {
    nbdkit.kill()
    await ours.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})
