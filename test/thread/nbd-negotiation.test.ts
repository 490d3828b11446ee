/**
 * The handshake of the NBD server, as clients good and bad see it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goData, type NbdClient, OPT } from '../harness/nbd-client.js'
import { MIB, NbdRig } from './nbd-rig.js'
import { eventually } from './helpers.js'

const ERR = { UNSUP: 0x80000001, INVALID: 0x80000003, UNKNOWN: 0x80000006, TOO_BIG: 0x80000009 }
let rig: NbdRig
beforeAll(async () => {
  rig = await NbdRig.open({
    exports: ['disk', 'other'],
    server: { handshakeTimeoutMs: 300 },
  })
})
afterAll(() => rig.close())

async function stranger(): Promise<NbdClient> {
  const client = await rig.stranger()
  await client.hello()
  return client
}

describe('handshake', () => {
  it('greets as fixed newstyle without zeroes', async () => {
    const client = await rig.stranger()
    const greeting = await client.hello()
    expect(greeting.subarray(0, 16).toString('latin1')).toBe('NBDMAGICIHAVEOPT')
    expect(greeting.readUInt16BE(16)).toBe(3)
    client.destroy()
  })

  it('lists, informs, and lets go', async () => {
    const client = await stranger()
    const list = await client.optionReplies(OPT.LIST)
    expect(list.map(({ type, data }) => [type, data.subarray(4).toString()])).toEqual([
      [2, 'disk'],
      [2, 'other'],
      [1, ''],
    ])
    const info = await client.go('other', OPT.INFO, [1, 2, 3, 99])
    expect(info.map(({ type }) => type)).toEqual([3, 3, 3, 3, 1])
    const [name, description, sizes] = info.map(({ data }) => data)
    expect(name?.subarray(2).toString()).toBe('other')
    expect(description?.subarray(2).toString()).toBe('the other')
    expect([2, 6, 10].map((at) => sizes?.readUInt32BE(at))).toEqual([1, 4096, 4 * MIB])
    expect(client.size).toBe(BigInt(64 * MIB))
    // Flush, FUA, trim, zeroes, several connections, fast zeroes; no DF without structured replies.
    expect(client.flags).toBe(0x96d)
    expect((await client.go('other')).at(-1)?.type).toBe(1)
    expect((await client.ask(0, 0, 512)).data).toEqual(Buffer.alloc(512))
    await client.disconnect()
  })

  it('offers DF with structured replies', async () => {
    const client = await rig.client('disk', true)
    expect(client.flags & 0x80).toBe(0x80)
    const reply = await client.ask(0, 1024, 512, { flags: 4 })
    expect([reply.isStructured, reply.data.length]).toEqual([true, 512])
    await client.disconnect()
  })

  it.each([
    [3, 0],
    [1, 124],
  ])('EXPORT_NAME with client flags %d, then %d zeroes', async (flags, zeroes) => {
    const client = await rig.stranger()
    await client.hello(flags)
    client.sendOption(OPT.EXPORT_NAME, Buffer.from('other'))
    const answer = await client.read(10 + zeroes)
    expect(answer.readBigUInt64BE()).toBe(BigInt(64 * MIB))
    expect((await client.ask(3)).error).toBe(0)
    await client.disconnect()
  })

  it('plain newstyle knows EXPORT_NAME only', async () => {
    const good = await rig.stranger()
    await good.hello(0)
    good.sendOption(OPT.EXPORT_NAME, Buffer.from('disk'))
    expect(await good.read(134)).toHaveLength(134)
    await good.disconnect()
    const bad = await rig.stranger()
    await bad.hello(0)
    bad.sendOption(OPT.LIST)
    await bad.closed()
  })

  it('refuses politely, and goes on', async () => {
    const client = await stranger()
    const types = []
    for (const [option, data] of [
      [5, Buffer.alloc(0)],
      [10, Buffer.alloc(20)],
      [77, Buffer.alloc(3)],
      [OPT.LIST, Buffer.alloc(1)],
      [OPT.STRUCTURED, Buffer.alloc(1)],
      [OPT.GO, Buffer.alloc(5)],
      [OPT.GO, Buffer.concat([goData('disk'), Buffer.alloc(1)])],
      [OPT.INFO, goData('disk').fill(0xff, 0, 4)],
      [OPT.GO, goData('nowhere')],
      [OPT.INFO, Buffer.alloc(20_000)],
    ] as const) {
      types.push((await client.option(option, data)).type)
    }
    const { UNSUP, INVALID, UNKNOWN, TOO_BIG } = ERR
    expect(types).toEqual([
      UNSUP,
      UNSUP,
      UNSUP,
      INVALID,
      INVALID,
      INVALID,
      INVALID,
      INVALID,
      UNKNOWN,
      TOO_BIG,
    ])
    expect((await client.go('disk')).at(-1)?.type).toBe(1)
    await client.disconnect()
  })

  it('ABORT is acknowledged', async () => {
    const client = await stranger()
    expect((await client.option(OPT.ABORT)).type).toBe(1)
    await client.closed()
  })

  it.each([
    ['unknown client flags', (client: NbdClient) => client.write(Buffer.from([0, 0, 0, 0x10]))],
    [
      'no option at all',
      (client: NbdClient) => client.write(Buffer.from([0, 0, 0, 3]), Buffer.alloc(16, 7)),
    ],
    [
      'a request where an option belongs',
      (client: NbdClient) => {
        client.write(Buffer.from([0, 0, 0, 3]))
        client.send(0, 0, 512)
      },
    ],
    [
      'an absurd option',
      (client: NbdClient) => {
        client.write(Buffer.from([0, 0, 0, 3]))
        client.sendOption(OPT.GO, Buffer.alloc(8), 0xffffffff)
      },
    ],
    [
      'an export that there is not',
      (client: NbdClient) => {
        client.write(Buffer.from([0, 0, 0, 3]))
        client.sendOption(OPT.EXPORT_NAME, Buffer.from('nowhere'))
      },
    ],
    [
      'half an option, then silence',
      (client: NbdClient) => {
        client.write(Buffer.from([0, 0, 0, 3]), Buffer.from('IHAVE'))
      },
    ],
    ['silence', () => {}],
    ['its back', (client: NbdClient) => client.socket.end()],
  ])('closes on a client that sends %s', async (_what, send) => {
    const client = await rig.stranger()
    await client.read(18)
    send(client)
    await client.closed()
    expect(client.socket.closed).toBe(true)
  })

  it('an option a byte at a time', async () => {
    const client = await stranger()
    client.socket.setNoDelay(true)
    const whole = Buffer.concat([
      Buffer.from('IHAVEOPT'),
      Buffer.from([0, 0, 0, 7, 0, 0, 0, 10]),
      goData('disk'),
    ])
    for (const byte of whole) {
      client.write(Buffer.from([byte]))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect((await client.optionReply()).type).toBe(3)
    expect((await client.optionReply()).type).toBe(1)
    await client.disconnect()
  })

  it('the handshake and the first requests in one piece', async () => {
    const client = await rig.stranger()
    const go = goData('disk')
    const option = Buffer.concat([
      Buffer.from('IHAVEOPT'),
      Buffer.from([0, 0, 0, 7, 0, 0, 0, go.length]),
      go,
    ])
    const request = Buffer.alloc(28)
    request.writeUInt32BE(0x25609513)
    request.writeUInt16BE(3, 6)
    client.write(Buffer.from([0, 0, 0, 3]), option, request, request)
    await client.read(18)
    expect([(await client.optionReply()).type, (await client.optionReply()).type]).toEqual([3, 1])
    expect([(await client.reply()).error, (await client.reply()).error]).toEqual([0, 0])
    await client.disconnect()
  })

  it('turns away more clients than it takes', async () => {
    const small = await NbdRig.open({ server: { maxClients: 2 } })
    const clients = [await small.client(), await small.client()]
    await (await small.stranger()).closed()
    expect(small.server.statistics()).toMatchObject({ refusedConnections: 1, clients: 2 })
    await clients[0]?.disconnect()
    await eventually(() => small.server.statistics().clients === 1, 'room for another')
    const again = await small.client()
    expect((await again.ask(3)).error).toBe(0)
    await small.close()
  })
})
