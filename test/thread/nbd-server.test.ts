/**
 * The NBD server as a whole: where it listens, how it closes, and what a worker's death does to its clients.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CMD, FLAG, NbdClient } from '../harness/nbd-client.js'
import { drivers, Engine } from './built.js'
import { eventually } from './helpers.js'
import { MIB, nbd, NbdRig } from './nbd-rig.js'

describe('where it listens', () => {
  it('on loopback, on a port of its choice', async () => {
    const rig = await NbdRig.open({ server: { path: undefined as never, port: 0 } })
    const { address } = rig.server
    expect(address).toMatchObject({ host: '127.0.0.1' })
    expect(rig.server.uri()).toMatch(/^nbd:\/\/127\.0\.0\.1:\d+\/disk$/)
    const client = await rig.client('disk')
    expect((await client.ask(CMD.READ, 0, 512)).error).toBe(0)
    await rig.close()
  })

  it('not where somebody else does', async () => {
    const rig = await NbdRig.open()
    const { engine } = rig
    const { path } = rig.server.address as { path: string }
    const exports = [{ name: 'x', device: 'disk' }]
    await expect(nbd.serveNbd({ engine, exports, path })).rejects.toMatchObject({
      code: 'ERR_IRP_NBD_LISTEN',
      value: path,
      message: expect.stringContaining('EADDRINUSE') as string,
    })
    expect((await (await rig.client()).ask(CMD.FLUSH)).error).toBe(0)
    await rig.close()
  })

  it.each([
    [{ exports: [] }, 'at least one export'],
    [
      {
        exports: [
          { name: 'a', device: 'disk' },
          { name: 'a', device: 'disk' },
        ],
      },
      'two exports',
    ],
    [{ exports: [{ name: 'x'.repeat(5000), device: 'disk' }] }, 'at most 4096'],
    [{ queueDepth: 3 }, 'queueDepth 3'],
    [{ bufferBytes: 1 << 19 }, 'bufferBytes'],
    [{ maxClients: 0 }, 'maxClients 0'],
    [{ path: '/tmp/x', port: 1 }, 'not on both'],
  ])('refuses %j', async (options, message) => {
    const engine = await Engine.start({ workers: 1 })
    await engine.addDevice({ name: 'disk', driver: drivers.storage })
    const exports = [{ name: 'disk', device: 'disk' }]
    await expect(nbd.serveNbd({ engine, exports, port: 0, ...options })).rejects.toMatchObject({
      code: 'ERR_IRP_NBD_OPTION',
      message: expect.stringContaining(message) as string,
    })
    await engine.stop()
  })

  it('nothing but disks', async () => {
    const engine = await Engine.start({ workers: 1 })
    await engine.addDevice({ name: 'echo', driver: drivers.echo })
    const exports = [{ name: 'x', device: 'echo' }]
    const refused = nbd.serveNbd({ engine, exports, port: 0 })
    await expect(refused).rejects.toMatchObject({ name: 'IrpError' })
    await engine.stop()
  })
})

describe('close', () => {
  it('answers what was accepted, then says goodbye', async () => {
    const rig = await NbdRig.open()
    const client = await rig.client()
    for (let i = 0; i < 300; i++)
      client.send(CMD.WRITE, i * 4096, 4096, { data: Buffer.alloc(4096, 5) })
    await client.reply()
    const closing = rig.server.close()
    let answered = 1
    for (;;) {
      const reply = await client.reply().catch(() => null)
      if (reply === null) break
      expect(reply.error).toBe(0)
      answered++
    }
    await closing
    expect(rig.server.statistics()).toMatchObject({ writes: answered, inFlight: 0, clients: 0 })
    expect(rig.engine.ledger()).toMatchObject({ inFlight: 0, lost: 0, error: 0 })
    await rig.close()
  })

  it('waits for nobody for ever', async () => {
    const rig = await NbdRig.open()
    const client = await rig.client()
    client.socket.pause()
    for (let i = 0; i < 200; i++) client.send(CMD.READ, 0, MIB)
    const stranger = await rig.stranger()
    stranger.socket.pause()
    await eventually(() => rig.server.statistics().reads > 0, 'replies that nobody takes')
    await rig.server.close({ timeoutMs: 100 })
    expect(rig.server.statistics().clients).toBe(0)
    await rig.close()
  })
})

describe('a worker that dies', () => {
  it('costs at most the requests it had: never a wrong byte, and the clients go on', async () => {
    const rig = await NbdRig.open({ bytes: 16 * MIB })
    let died = 0
    let replaced = 0
    rig.engine.on('workerDied', () => died++)
    rig.engine.on('workerReplaced', () => replaced++)
    const client = await rig.client()
    const bystander = await rig.client()
    // What a block may hold: what was last acknowledged, or a write that failed since.
    const allowed = Array.from({ length: 1024 }, () => new Set([0]))
    const out = new Map<bigint, [block: number, value: number]>()
    let failed = 0
    const take = async (): Promise<void> => {
      const { cookie, error } = await client.reply()
      const [block, value] = out.get(cookie) ?? [-1, -1]
      out.delete(cookie)
      if (error === 0) allowed[block] = new Set([value])
      else allowed[block]?.add(value)
      if (error !== 0) failed++
    }
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 1024; i++) {
        const block = (i * 7) % 1024
        const value = round * 50 + (i % 50) + 1
        const data = Buffer.alloc(4096, value)
        out.set(client.send(CMD.WRITE, block * 4096, 4096, { data }), [block, value])
        if (i === 500) void rig.engine.terminateWorker(0)
        if (out.size >= 64) await take()
      }
      while (out.size > 0) await take()
      await eventually(() => replaced === died && died === round + 1, 'the successor')
      expect((await bystander.ask(CMD.FLUSH)).error).toBe(0)
    }
    let wrong = 0
    for (let block = 0; block < 1024; block++) {
      const { data } = await client.ask(CMD.READ, block * 4096, 4096)
      // A write that the death interrupted may be done in part.
      if (!data.every((byte) => allowed[block]?.has(byte))) wrong++
    }
    expect(wrong).toBe(0)
    expect(failed).toBeLessThanOrEqual(4 * 64)
    await client.disconnect()
    await bystander.disconnect()
    await eventually(() => rig.server.statistics().clients === 0, 'both have gone')
    expect(rig.engine.ledger()).toMatchObject({ inFlight: 0, lost: 0, duplicates: 0 })
    await rig.close()
  })

  it('loses nothing of a file that was forced or flushed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'irpool-file-'))
    const path = join(folder, 'disk.img')
    writeFileSync(path, Buffer.alloc(4 * MIB))
    const rig = await NbdRig.open({ parameters: { miniport: 'file', path } })
    const client = await rig.client()
    expect((await client.writeAt(0, Buffer.alloc(4096, 3), FLAG.FUA)).error).toBe(0)
    expect((await client.writeAt(8192, Buffer.alloc(4096, 4))).error).toBe(0)
    expect((await client.ask(CMD.FLUSH)).error).toBe(0)
    await rig.engine.terminateWorker(0)
    expect((await client.ask(CMD.READ, 0, 512)).data[0]).toBe(3)
    expect((await client.ask(CMD.READ, 8192, 512)).data[0]).toBe(4)
    await rig.close()
    rmSync(folder, { recursive: true })
  })
})

it('a client of another protocol is no harm', async () => {
  const rig = await NbdRig.open()
  const client = await NbdClient.connect(rig.server.address)
  client.write(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))
  await client.closed()
  expect((await (await rig.client()).ask(CMD.FLUSH)).error).toBe(0)
  await rig.close()
})
