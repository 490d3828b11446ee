/**
 * Durability: writes versions of blocks to a server with a disk image, kills it at some moment with SIGKILL, starts
 * it again and looks whether everything that was acknowledged as durable is there.
 *
 * Durable is: a write with FUA that was answered; a write that was answered before a FLUSH was sent that was
 * answered. What else was sent may be there or not, but a sector holds one of the versions sent to it.
 */
import { CMD, FLAG, NbdClient } from '../harness/nbd-client.js'
import { ServerProcess } from './programs.js'

const BLOCKS = 512
const BLOCK_BYTES = 4096
const SECTOR_BYTES = 512
const DEPTH = 32
const SIZE = ['--size', String(BLOCKS * BLOCK_BYTES)]

interface Sent {
  readonly type: number
  readonly block: number
  readonly version: number
  readonly isForced: boolean
  /** For a FLUSH: versions that had been answered when it was sent. */
  readonly covered: Int32Array | undefined
}

/** What a disk must and may hold. */
class Book {
  /** Versions per block: last sent, last answered, last durable. */
  readonly sent = new Int32Array(BLOCKS)
  readonly answered = new Int32Array(BLOCKS)
  readonly durable = new Int32Array(BLOCKS)
  durableAnswers = 0

  note({ type, block, version, isForced, covered }: Sent): void {
    if (type === CMD.WRITE) {
      raise(this.answered, block, version)
      if (isForced) raise(this.durable, block, version)
    } else if (covered !== undefined) {
      for (let i = 0; i < BLOCKS; i++) raise(this.durable, i, covered[i] as number)
    }
    if (isForced || type === CMD.FLUSH) this.durableAnswers++
  }
}

function raise(versions: Int32Array, at: number, version: number): void {
  if (version > (versions[at] as number)) versions[at] = version
}

export interface DurabilityResult {
  readonly kills: number
  /** FUA writes and flushes that were answered. */
  readonly durableAnswers: number
  /** Sectors that hold less than was promised, or what nobody sent. */
  readonly lost: number
}

/** A disk image in the folder. */
export function imageIn(folder: string): string[] {
  return ['--miniport', 'file', '--path', `${folder}/disk.img`]
}

/** Kills a server with those options `kills` times under load. `random` gives numbers from 0 to 1. */
export async function killUnderLoad(
  folder: string,
  kills: number,
  random: () => number,
  options: readonly string[] = imageIn(folder),
): Promise<DurabilityResult> {
  const book = new Book()
  let lost = 0
  for (let round = 0; round < kills; round++) {
    const server = await ServerProcess.start(`${folder}/socket`, ...options, ...SIZE)
    const client = await NbdClient.open({ path: server.socket })
    if (round > 0) lost += await countLost(client, book)
    await load(client, server, book, 20 + random() * 150, random)
  }
  const server = await ServerProcess.start(`${folder}/socket`, ...options, ...SIZE)
  const client = await NbdClient.open({ path: server.socket })
  lost += await countLost(client, book)
  await client.disconnect()
  await server.stop()
  return { kills, durableAnswers: book.durableAnswers, lost }
}

/** Keeps DEPTH requests out until the server has been killed. */
async function load(
  client: NbdClient,
  server: ServerProcess,
  book: Book,
  killAfterMs: number,
  random: () => number,
): Promise<void> {
  const out = new Map<bigint, Sent>()
  const busy = new Set<number>()
  const killed = new Promise<void>((resolve) => {
    setTimeout(() => void server.kill().then(resolve), killAfterMs)
  })
  try {
    for (;;) {
      while (out.size < DEPTH) {
        const sent = next(book, busy, random)
        out.set(send(client, sent), sent)
      }
      const { cookie, error } = await client.reply()
      const sent = out.get(cookie)
      if (sent === undefined || error !== 0) throw new Error(`unexpected reply, error ${error}`)
      out.delete(cookie)
      busy.delete(sent.block)
      book.note(sent)
    }
  } catch (error) {
    if (!String(error).includes('closed')) throw error
  }
  await killed
  client.destroy()
}

/** A write of the next version of a block that has none out, or now and then a flush. */
function next(book: Book, busy: Set<number>, random: () => number): Sent {
  if (random() < 0.05) {
    const covered = book.answered.slice()
    return { type: CMD.FLUSH, block: -1, version: 0, isForced: false, covered }
  }
  let block = Math.floor(random() * BLOCKS)
  while (busy.has(block)) block = (block + 1) % BLOCKS
  busy.add(block)
  const version = (book.sent[block] as number) + 1
  book.sent[block] = version
  return { type: CMD.WRITE, block, version, isForced: random() < 0.3, covered: undefined }
}

function send(client: NbdClient, sent: Sent): bigint {
  if (sent.type === CMD.FLUSH) return client.send(CMD.FLUSH)
  const data = Buffer.from(new Int32Array(BLOCK_BYTES / 4).fill(sent.version).buffer)
  const flags = sent.isForced ? FLAG.FUA : 0
  return client.send(CMD.WRITE, sent.block * BLOCK_BYTES, BLOCK_BYTES, { data, flags })
}

async function countLost(client: NbdClient, book: Book): Promise<number> {
  let lost = 0
  const { data } = await client.ask(CMD.READ, 0, BLOCKS * BLOCK_BYTES)
  const words = new Int32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length))
  const sectorWords = SECTOR_BYTES / 4
  for (let sector = 0; sector < words.length / sectorWords; sector++) {
    const piece = words.subarray(sector * sectorWords, (sector + 1) * sectorWords)
    const block = Math.floor((sector * SECTOR_BYTES) / BLOCK_BYTES)
    const version = piece[0] as number
    const isWhole = piece.every((word) => word === version)
    const isKnown =
      version >= (book.durable[block] as number) && version <= (book.sent[block] as number)
    if (!isWhole || !isKnown) lost++
  }
  return lost
}
