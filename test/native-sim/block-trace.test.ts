import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BlockTrace, readBlockTrace } from '../../native-sim/block-trace.js'
import { TraceError } from '../../native-sim/errors.js'
import { Random } from '../../native-sim/random.js'

const RECORDED = fileURLToPath(
  new URL('../../../shared/data/cloudphysics-vm-io.csv.gz', import.meta.url),
)

let folder = ''
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'irpool-trace-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

async function read(content: string | Uint8Array, name?: string): Promise<BlockTrace> {
  const path = join(folder, name ?? `trace-${files++}.csv`)
  await writeFile(path, content)
  return readBlockTrace(path)
}

async function refusal(content: string | Uint8Array): Promise<TraceError> {
  const outcome: unknown = await read(content).catch((error: unknown) => error)
  if (outcome instanceof TraceError) return outcome
  throw new Error('not refused as a trace', { cause: outcome })
}

function lines(count: number): string {
  const rows = Array.from({ length: count }, (_, i) => `${i * 3},${i % 3 ? '28' : '2a'},512,${i}`)
  return `time_us,op,size,lbn\n${rows.join('\n')}\n`
}

describe('readBlockTrace', () => {
  it('tells gzip by its content, whatever the name', async () => {
    const text = lines(10)
    const plain = await read(text, 'plain.csv.gz')
    expect(plain.count).toBe(10)
    expect(await read(gzipSync(text), 'zipped.csv')).toEqual(plain)
    const members = Buffer.concat([gzipSync(text.slice(0, 55)), gzipSync(text.slice(55))])
    expect(await read(members)).toEqual(plain)
    expect(await read(`\ufeff${text}`)).toEqual(plain)
  })

  it('puts lines together that end in another piece of the file', async () => {
    const count = 20_000
    const text = lines(count)
    expect(text.length).toBeGreaterThan(3 * 65_536)
    const trace = await read(text)
    expect(trace.count).toBe(count)
    expect(trace.timeUs.every((time, i) => time === i * 3)).toBe(true)
    expect(trace.offsetBytes.every((offset, i) => offset === i * 512)).toBe(true)
    const unzipped = await read(gzipSync(text))
    expect(unzipped.count).toBe(count)
    expect(unzipped.offsetBytes.every((offset, i) => offset === i * 512)).toBe(true)
  })

  it('reads the recorded trace of a virtual machine, where it is at hand', async () => {
    const fixture = await read(lines(100))
    expect([fixture.count, fixture.largestBytes]).toEqual([100, 512])
    if (!existsSync(RECORDED)) {
      console.log('the recorded trace is not beside this checkout: only the fixture was read')
      return
    }
    const trace = await readBlockTrace(RECORDED)
    expect([trace.count, trace.largestBytes]).toEqual([113_872, 69_632])
    expect(trace.highestByte).toBe(65_595_583 * 512)
    expect(Math.floor((trace.readBytes + trace.writtenBytes) / 2 ** 20)).toBe(4011)
    expect(trace.isWrite.reduce((sum, write) => sum + write, 0)).toBe(66_898)
  })
})

describe('readBlockTrace refuses', () => {
  it('a broken line, plain and zipped, and names it', async () => {
    const text = `${lines(5)}99,28,51`
    for (const content of [text, gzipSync(text)]) {
      const error = await refusal(content)
      expect(error.line).toBe(7)
      expect(error.message).toContain(`${error.file}:7: 3 columns: "99,28,51"`)
    }
  })

  it('an empty file, one of a single byte, and a binary one', async () => {
    expect((await refusal('')).message).toContain('the file is empty')
    expect((await refusal(gzipSync(''))).message).toContain('the file is empty')
    expect((await refusal(Uint8Array.of(0x1f))).message).toContain('no column')
    expect((await refusal(new Uint8Array(100))).message).toContain('no column')
  })

  it('truncated gzip, at any place', async () => {
    const zipped = gzipSync(lines(200))
    for (const length of [2, 5, 10, 11, zipped.length >> 1, zipped.length - 8, zipped.length - 1]) {
      const error = await refusal(zipped.subarray(0, length))
      expect(error.message).toContain('the gzip data ends too early; expected a whole gzip file')
      expect(error.cause).toBeInstanceOf(Error)
    }
  })

  it('damaged gzip', async () => {
    const zipped = gzipSync(lines(200))
    const inChecksum = zipped.length - 6
    zipped[inChecksum] = (zipped[inChecksum] ?? 0) ^ 1
    expect((await refusal(zipped)).message).toContain('the gzip data is damaged (')
  })

  it('a file that is not there, a directory, a name no file can have', async () => {
    const missing = join(folder, 'missing.csv')
    await expect(readBlockTrace(missing)).rejects.toThrow(
      `${missing}: there is no such file; expected a readable CSV file`,
    )
    await expect(readBlockTrace(missing)).rejects.toThrow(TraceError)
    await expect(readBlockTrace(folder)).rejects.toThrow(`${folder}: this is a directory`)
    await expect(readBlockTrace('a\0b')).rejects.toThrow(TraceError)
  })

  it('random damage with a TraceError, or takes it for other numbers', async () => {
    const seed = 20
    const random = new Random(seed)
    let refused = 0
    const others: unknown[] = []
    for (let round = 0; round < 150; round++) {
      const text = Buffer.from(lines(30))
      const content = round % 2 === 0 ? text : gzipSync(text)
      for (let i = 0; i < 3; i++) content[random.nextBelow(content.length)] = random.nextInt32()
      const outcome: unknown = await read(content, 'damaged').catch((error: unknown) => error)
      if (outcome instanceof TraceError) refused++
      else if (outcome instanceof Error) others.push({ seed, round, outcome })
    }
    expect(others).toEqual([])
    expect(refused).toBeGreaterThan(50)
  })
})
