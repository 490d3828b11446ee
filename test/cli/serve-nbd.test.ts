/**
 * `irpool serve nbd` as a process: what it prints, what it serves, how it ends.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { statusText } from '../../src/cli/serve-nbd.js'
import { ServerStatistics } from '../../src/nbd/server-statistics.js'
import { CMD, NbdClient } from '../harness/nbd-client.js'
import { eventually } from '../thread/helpers.js'

const command = fileURLToPath(new URL('../../build/src/cli/irpool.js', import.meta.url))
let folder: string
let child: ChildProcess
let output = ''
let complaints = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'irpool-serve-'))
  output = ''
  complaints = ''
})
afterEach(() => {
  child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

async function serve(...options: string[]): Promise<void> {
  child = spawn(process.execPath, [command, 'serve', 'nbd', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const deadline = performance.now() + 20_000
  while (!output.includes('serving')) {
    if (performance.now() > deadline) throw new Error(`it does not serve: ${complaints}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
function ended(): Promise<number | null> {
  return new Promise((resolve) => child.once('close', resolve))
}

it('serves a file it made, and finishes what it accepted', async () => {
  const path = join(folder, 'disk.img')
  const socket = join(folder, 'socket')
  await serve('--miniport', 'file', '--path', path, '--size', '8M', '--socket', socket, '--json')
  expect(JSON.parse(output.split('\n')[0] as string)).toEqual({
    serving: `nbd+unix:///disk?socket=${socket}`,
  })
  const client = await NbdClient.open({ path: socket })
  await client.writeAt(4096, Buffer.alloc(4096, 7))
  const cookies = Array.from({ length: 200 }, (_, i) =>
    client.send(CMD.WRITE, i * 4096, 4096, { data: Buffer.alloc(4096, 9) }),
  )
  await client.reply()
  child.kill('SIGTERM')
  // Replies up to where it stopped reading, then the end: none of them is an error.
  let answered = 1
  let errors = 0
  for (; answered < cookies.length; answered++) {
    const reply = await client.reply().catch(() => null)
    if (reply === null) break
    errors += reply.error
  }
  expect(errors).toBe(0)
  expect(await ended()).toBe(0)
  const last = JSON.parse(output.trim().split('\n').at(-1) as string) as Record<string, unknown>
  expect(last).toMatchObject({ inFlight: 0, errors: 0, ledger: { inFlight: 0, lost: 0 } })
  expect(last['writes']).toBe(answered + 1)
  const bytes = readFileSync(path)
  expect(bytes.length).toBe(8 * 2 ** 20)
  for (let i = 0; i < answered - 1; i++) expect(bytes[i * 4096]).toBe(9)
  expect(existsSync(socket)).toBe(false)
})

it('comes again after it was killed, on the same socket', async () => {
  const socket = join(folder, 'socket')
  await serve('--size', '1M', '--socket', socket, '--read-only')
  child.kill('SIGKILL')
  await ended()
  expect(statSync(socket).isSocket()).toBe(true)
  output = ''
  await serve('--size', '1M', '--socket', socket, '--export', 'a,b')
  await eventually(() => output.match(/serving/g)?.length === 2, 'both exports')
  const client = await NbdClient.open({ path: socket }, 'b')
  expect(client.size).toBe(2n ** 20n)
  client.destroy()
  child.kill('SIGINT')
  expect(await ended()).toBe(0)
  expect(output).toContain('lost 0')
})

it('writes what its workers did last at SIGUSR2, and serves on', async () => {
  const socket = join(folder, 'socket')
  await serve('--size', '1M', '--socket', socket, '--export', 'a,b', '--workers', '2')
  child.kill('SIGUSR2')
  await eventually(() => complaints.includes('in-flight records of worker 1'), 'the records')
  expect(complaints).toMatch(/device disk a started\n(.*\n)*in-flight records of worker 1: \d+\n/)
  await eventually(() => complaints.includes('device disk b started'), 'those of the other worker')
  const client = await NbdClient.open({ path: socket }, 'a')
  client.destroy()
  child.kill('SIGTERM')
  expect(await ended()).toBe(0)
})

it('serves on when nobody reads its lines, and ends in order when its terminal closes', async () => {
  const socket = join(folder, 'socket')
  await serve('--size', '1M', '--socket', socket, '--json')
  const client = await NbdClient.open({ path: socket })
  // Its lines of the seconds after that find no reader.
  child.stdout?.destroy()
  child.stderr?.destroy()
  for (let second = 0; second < 3; second++) {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    await client.writeAt(0, Buffer.alloc(4096, second))
  }
  child.kill('SIGHUP')
  expect(await ended()).toBe(0)
  expect(existsSync(socket)).toBe(false)
})

it('says how it goes in one line', () => {
  const statistics = new ServerStatistics()
  const before = statistics.picture(0)
  statistics.clients = 2
  for (let i = 0; i < 1500; i++) statistics.answered(0, 4096, 0, 10)
  const now = statistics.picture(32)
  expect(statusText(before, now, 450)).toBe(
    '2 clients | 1,500 IOPS | 6.1 MB/s | 32 in flight | p99 450 µs',
  )
  expect(statusText(before, now, 4500)).toContain('p99 4.5 ms')
})
