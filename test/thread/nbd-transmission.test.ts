/**
 * The transmission phase of the NBD server: what is answered, in what way, and what a client can do to it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CMD, FLAG, type NbdClient } from '../harness/nbd-client.js'
import { eventually } from './helpers.js'
import { MIB, NbdRig } from './nbd-rig.js'

const E = { PERM: 1, INVAL: 22, NOSPC: 28, NOTSUP: 95 }
const SIZE = 64 * MIB
/** Bytes that tell their place, and those of one seed from those of another. */
function bytes(length: number, seed = 1): Buffer {
  const buffer = Buffer.allocUnsafe(length)
  for (let i = 0; i < length; i++) buffer[i] = i * seed + (i >> 9)
  return buffer
}

describe.each([
  ['straight into memory', true, false],
  ['straight into memory, structured replies', true, true],
  ['by copying', false, false],
])('bytes read %s', (_how, directReads, isStructured) => {
  let rig: NbdRig
  let client: NbdClient
  beforeAll(async () => {
    rig = await NbdRig.open({ server: { directReads } })
    client = await rig.client('', isStructured)
  })
  afterAll(() => rig.close())

  it.each([512, 4096, 100 * 512, 131_072, 131_584, 262_144, MIB, 4 * MIB])(
    '%d bytes come back as they went',
    async (length) => {
      const data = bytes(length, 3)
      expect((await client.writeAt(512, data)).error).toBe(0)
      const { data: back } = await client.ask(CMD.READ, 512, length)
      expect(Buffer.compare(back, data)).toBe(0)
    },
  )

  it('writes that are longer than the memory for them', async () => {
    const data = bytes(20 * MIB, 7)
    expect((await client.writeAt(4096, data, FLAG.FUA)).error).toBe(0)
    for (let at = 0; at < data.length; at += 4 * MIB) {
      const { data: back } = await client.ask(CMD.READ, 4096 + at, 4 * MIB)
      expect(Buffer.compare(back, data.subarray(at, at + 4 * MIB))).toBe(0)
    }
  })

  it('thousands of requests at once, answered in any order, each once', async () => {
    const sent = new Map<bigint, Buffer | null>()
    for (let i = 0; i < 1500; i++) {
      const data = bytes(1024, i)
      sent.set(client.send(CMD.WRITE, i * 1024, 1024, { data }), null)
    }
    for (let i = 0; i < 1500; i++) {
      const { error, cookie } = await client.reply()
      expect([error, sent.delete(cookie)]).toEqual([0, true])
    }
    for (let i = 0; i < 1500; i++) sent.set(client.send(CMD.READ, i * 1024, 1024), bytes(1024, i))
    let wrong = 0
    for (let i = 0; i < 1500; i++) {
      const { cookie, data } = await client.reply()
      if (!sent.get(cookie)?.equals(data)) wrong++
      sent.delete(cookie)
    }
    expect([wrong, sent.size]).toEqual([0, 0])
  })

  it('a client that does not read stops being read, and loses nothing', async () => {
    const before = rig.server.statistics().reads
    client.socket.pause()
    const cookies = Array.from({ length: 600 }, (_, i) => client.send(CMD.READ, i * 65_536, 65_536))
    await eventually(() => rig.server.statistics().reads > before + 20, 'replies pile up')
    const other = await rig.client()
    expect((await other.ask(CMD.FLUSH)).error).toBe(0)
    await other.disconnect()
    expect(rig.server.statistics().reads).toBeLessThan(before + 600)
    client.socket.resume()
    const answered = new Set<bigint>()
    for (let i = 0; i < cookies.length; i++) answered.add((await client.reply()).cookie)
    expect(answered).toEqual(new Set(cookies))
  })

  it('trim and zeroes clear, with all their flags', async () => {
    const data = bytes(512 * 1024, 5).fill(0xaa)
    const clear: [number, number][] = [
      [CMD.TRIM, 0],
      [CMD.TRIM, FLAG.FUA],
      [CMD.ZEROES, 0],
      [CMD.ZEROES, FLAG.NO_HOLE],
      [CMD.ZEROES, FLAG.FAST_ZERO | FLAG.FUA],
    ]
    for (const [command, flags] of clear) {
      await client.writeAt(0, data)
      expect((await client.ask(command, 65_536, 131_072, { flags })).error).toBe(0)
      const { data: back } = await client.ask(CMD.READ, 0, data.length)
      const expected = Buffer.from(data).fill(0, 65_536, 65_536 + 131_072)
      expect(Buffer.compare(back, expected)).toBe(0)
    }
    const slow = { flags: FLAG.FAST_ZERO | FLAG.NO_HOLE }
    expect((await client.ask(CMD.ZEROES, 0, 512, slow)).error).toBe(E.NOTSUP)
  })

  it('any bytes, whatever the blocks are', async () => {
    const model = Buffer.alloc(1_500_000)
    expect((await client.ask(CMD.ZEROES, 0, model.length)).error).toBe(0)
    for (let i = 0; i < 120; i++) {
      const offset = (i * 104_729) % 1_000_000
      const length = [1, 511, 513, 3000, 70_001, 400_001][i % 6] as number
      const flags = i % 7 === 0 ? FLAG.FUA : 0
      const data = bytes(length, i)
      const isZero = i % 4 === 3
      if (isZero) data.fill(0)
      data.copy(model, offset)
      const how = flags | (i % 8 === 3 ? FLAG.NO_HOLE : 0)
      const { error } = isZero
        ? await client.ask(CMD.ZEROES, offset, length, { flags: how })
        : await client.writeAt(offset, data, flags)
      expect(error).toBe(0)
      const { data: back } = await client.ask(CMD.READ, offset, length + 3)
      expect(back.equals(model.subarray(offset, offset + length + 3))).toBe(true)
    }
    expect((await client.ask(CMD.READ, 0, model.length)).data.equals(model)).toBe(true)
  })

  it('a trim clears the whole blocks within it, and nothing else', async () => {
    await client.writeAt(0, Buffer.alloc(8192, 5))
    expect((await client.ask(CMD.TRIM, 700, 3000)).error).toBe(0)
    expect((await client.ask(CMD.TRIM, 5000, 20)).error).toBe(0)
    const { data } = await client.ask(CMD.READ, 0, 8192)
    expect(data.equals(Buffer.alloc(8192, 5).fill(0, 1024, 3584))).toBe(true)
  })

  it('nothing, at any length of zero', async () => {
    for (const command of [CMD.READ, CMD.WRITE, CMD.TRIM, CMD.ZEROES]) {
      expect((await client.ask(command, 512, 0)).error).toBe(0)
    }
  })

  it.each([
    ['an unknown command', 99, 0, 512, 0, E.INVAL],
    ['a command that is not offered', CMD.CACHE, 0, 512, 0, E.INVAL],
    ['a flag of another command', CMD.READ, 0, 512, FLAG.NO_HOLE, E.INVAL],
    ['a flag that there is not', CMD.FLUSH, 0, 0, 0x8000, E.INVAL],
    ['a read behind the end', CMD.READ, SIZE, 512, 0, E.INVAL],
    ['a read over the end', CMD.READ, SIZE - 512, 1024, 0, E.INVAL],
    ['a read at the end of everything', CMD.READ, 2 ** 63, 512, 0, E.INVAL],
    ['a read of more than there is memory', CMD.READ, 0, 4 * MIB + 512, 0, E.INVAL],
    ['a read of everything', CMD.READ, 0, 0xffffffff, 0, E.INVAL],
    ['a trim over the end', CMD.TRIM, SIZE - 512, 1024, 0, E.NOSPC],
  ])('refuses %s and goes on', async (_what, command, offset, length, flags, error) => {
    const reply = await client.ask(command, BigInt(offset), length, { flags })
    expect(reply.error).toBe(error)
    expect((await client.ask(CMD.FLUSH)).error).toBe(0)
  })

  it('refuses writes after their data, and goes on', async () => {
    for (const [offset, length, error] of [
      [SIZE - 512, 1024, E.NOSPC],
      [SIZE - 100, 700_001, E.NOSPC],
    ] as const) {
      expect((await client.writeAt(offset, bytes(length))).error).toBe(error)
    }
    expect((await client.writeAt(0, bytes(512), 0x40)).error).toBe(E.INVAL)
    expect((await client.ask(CMD.READ, 0, 512)).error).toBe(0)
  })

  it('has answered for everything in the end', async () => {
    await client.disconnect()
    await eventually(() => rig.server.statistics().clients === 0, 'the client has gone')
    expect(rig.engine.ledger()).toMatchObject({ inFlight: 0, lost: 0, duplicates: 0, error: 0 })
  })
})

it('a read-only export refuses every change', async () => {
  const rig = await NbdRig.open({ parameters: { readOnly: true } })
  const client = await rig.client()
  expect(client.flags & 2).toBe(2)
  expect((await client.writeAt(0, bytes(512))).error).toBe(E.PERM)
  expect((await client.ask(CMD.TRIM, 0, 512)).error).toBe(E.PERM)
  expect((await client.ask(CMD.ZEROES, 0, 512)).error).toBe(E.PERM)
  expect((await client.ask(CMD.READ, 0, 512)).data).toEqual(Buffer.alloc(512))
  await rig.close()
})

it('several clients of several exports see their own bytes, and those of each other', async () => {
  const rig = await NbdRig.open({ exports: ['a', 'b'] })
  const [a1, a2, b] = await Promise.all([rig.client('a'), rig.client('a'), rig.client('b')])
  await a1?.writeAt(0, bytes(4096, 9))
  expect((await a2?.ask(CMD.READ, 0, 4096))?.data).toEqual(bytes(4096, 9))
  expect((await b?.ask(CMD.READ, 0, 4096))?.data).toEqual(Buffer.alloc(4096))
  await rig.close()
})

describe('clients that misbehave', () => {
  let rig: NbdRig
  let witness: NbdClient
  beforeAll(async () => {
    rig = await NbdRig.open()
    witness = await rig.client()
    await witness.writeAt(MIB, bytes(MIB, 11))
  })
  afterAll(() => rig.close())

  // The last is an option, which belongs into the handshake.
  it.each([0, 0x25609512, 0x67446698, 0x49484156])('magic %i is the end', async (magic) => {
    const client = await rig.client()
    const before = rig.server.statistics().protocolErrors
    client.send(CMD.READ, 0, 512)
    client.send(CMD.READ, 0, 512, { magic })
    // What came before the nonsense is answered.
    expect((await client.reply()).error).toBe(0)
    await client.closed()
    expect(rig.server.statistics().protocolErrors).toBe(before + 1)
  })

  it('one that goes in the middle of its data, or of a header', async () => {
    for (const half of [10, 28 + 5000]) {
      const client = await rig.client()
      const header = Buffer.alloc(28)
      header.writeUInt32BE(0x25609513)
      header.writeUInt16BE(CMD.WRITE, 6)
      header.writeUInt32BE(65_536, 24)
      client.write(Buffer.concat([header, bytes(10_000)]).subarray(0, half))
      await eventually(() => client.socket.writableLength === 0, 'it is sent')
      client.destroy()
    }
    await eventually(() => rig.server.statistics().clients === 1, 'both have gone')
    expect((await witness.ask(CMD.READ, 0, 512)).data).toEqual(Buffer.alloc(512))
  })

  it('half a frame, then silence: others go on, and what is whole is answered', async () => {
    for (const half of [10, 28 + 5000]) {
      const client = await rig.client()
      const header = Buffer.alloc(28)
      header.writeUInt32BE(0x25609513)
      header.writeUInt16BE(CMD.WRITE, 6)
      header.writeUInt32BE(8192, 24)
      const frame = Buffer.concat([header, bytes(8192)])
      const first = client.send(CMD.READ, MIB, 512)
      client.write(frame.subarray(0, half))
      expect((await client.reply()).cookie).toBe(first)
      for (let i = 0; i < 100; i++) {
        expect((await witness.ask(CMD.READ, MIB, 4096)).data).toEqual(
          bytes(MIB, 11).subarray(0, 4096),
        )
      }
      // It speaks again: nothing was lost.
      client.write(frame.subarray(half))
      expect((await client.reply()).error).toBe(0)
      await client.disconnect()
    }
    await witness.writeAt(0, Buffer.alloc(8192))
  })

  it('one that goes with everything in flight', async () => {
    for (let round = 0; round < 5; round++) {
      const client = await rig.client()
      for (let i = 0; i < 200; i++) {
        client.send(CMD.READ, i * 4096, 65_536)
        client.send(CMD.WRITE, 8 * MIB + i * 4096, 4096, { data: bytes(4096) })
      }
      await new Promise((resolve) => setTimeout(resolve, round))
      client.destroy()
    }
    await eventually(() => rig.server.statistics().clients === 1, 'all have gone')
    expect(rig.server.statistics().inFlight).toBe(0)
  })

  it('many that come and go', async () => {
    const before = rig.engine.memory().length
    for (let round = 0; round < 20; round++) {
      const clients = await Promise.all(Array.from({ length: 20 }, () => rig.stranger()))
      for (const [i, client] of clients.entries()) {
        if (i % 5 === 0)
          void client
            .hello()
            .then(() => client.sendOption(CMD.READ))
            .catch(() => {})
        client.destroy()
      }
      await witness.ask(CMD.FLUSH)
    }
    // Who has chosen no export takes no memory of the engine.
    expect(rig.engine.memory().length).toBe(before)
  })

  it('one after the other use the same memory', async () => {
    const first = await rig.client()
    await first.disconnect()
    await eventually(() => rig.server.statistics().clients === 1, 'it has gone')
    const before = rig.engine.memory().length
    for (let round = 0; round < 20; round++) {
      const client = await rig.client()
      expect((await client.ask(CMD.READ, MIB, 512)).data).toEqual(bytes(512, 11))
      await client.disconnect()
      await eventually(() => rig.server.statistics().clients === 1, 'it has gone')
    }
    expect(rig.engine.memory().length).toBe(before)
  })

  it('leave the others, and the books, as they were', async () => {
    expect((await witness.ask(CMD.READ, MIB, MIB)).data).toEqual(bytes(MIB, 11))
    await witness.disconnect()
    await eventually(() => rig.server.statistics().clients === 0, 'all clients have gone')
    expect(rig.server.statistics().inFlight).toBe(0)
    expect(rig.engine.ledger()).toMatchObject({ inFlight: 0, lost: 0, duplicates: 0 })
  })
})
