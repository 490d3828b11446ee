/** A channel as its owner uses it: buffers, opening, moving to another thread, closing. */
import { describe, expect, it } from 'vitest'
import { CHANNEL_CLOSED } from '../../../src/abi/channel-layout.js'
import * as nt from '../../../src/abi/ntstatus.js'
import { attachChannel } from '../../../src/manager/channel.js'
import type { Request } from '../../../src/framework/request.js'
import { queueDriver } from '../../harness/inline-driver.js'
import { contexts, Requester, statuses } from '../../harness/requester.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

async function bench(
  handle: (request: Request) => void = (request) => request.complete(nt.STATUS_SUCCESS),
): Promise<SteppedEngine> {
  const engine = new SteppedEngine()
  const EvtIoDefault = (_queue: unknown, request: Request): void => handle(request)
  await engine.addDevice(
    queueDriver({ dispatchType: 'parallel', defaultQueue: true, EvtIoDefault }),
  )
  return engine
}
const code = (text: string) => expect.objectContaining({ name: 'EngineError', code: text })

describe('buffers', () => {
  it('lie in the channel’s memory, do not overlap, and can be had again', async () => {
    const { channel } = await bench()
    const [a, b] = [channel.allocate(100), channel.allocate(4096)]
    expect(a.bytes.buffer).toBe(channel.memory.buffer)
    expect([a.byteLength, b.byteLength]).toEqual([100, 4096])
    expect(a.byteOffset).toBeGreaterThanOrEqual(channel.memory.geometry.bufferByteOffset)
    expect(a.byteOffset + 100 <= b.byteOffset || b.byteOffset + 4096 <= a.byteOffset).toBe(true)
    channel.free(b)
    expect(channel.allocate(4096).byteOffset).toBe(b.byteOffset)
  })

  it.each([0, -1, 1.5, NaN, 2 ** 40])('of %d bytes cannot be had', async (byteLength) => {
    const { channel } = await bench()
    expect(() => channel.allocate(byteLength)).toThrow(
      expect.objectContaining({ name: 'EngineError', value: byteLength }),
    )
  })

  it('run out with an error that says how much is in use', async () => {
    const { channel } = await bench()
    channel.allocate(65_536)
    expect(() => channel.allocate(1)).toThrow(code('ERR_IRP_BUFFERS_FULL'))
    expect(() => channel.allocate(1)).toThrow(/65536 of 65536 are in use/)
  })

  it('are given back once, and to their own channel', async () => {
    const engine = await bench()
    const buffer = engine.channel.allocate(64)
    const other = engine.openChannel()
    const theirs = other.allocate(64)
    expect(() => engine.channel.free(theirs)).toThrow(code('ERR_IRP_BUFFER'))
    engine.channel.free(buffer)
    expect(() => engine.channel.free(buffer)).toThrow(code('ERR_IRP_BUFFER'))
  })
})

describe('open', () => {
  it('names the devices that there are when there is none of that name', async () => {
    const { channel } = await bench()
    await expect(channel.open('disk')).rejects.toThrow(/no device "disk"; devices: device0$/)
    await expect(channel.open('disk')).rejects.toMatchObject({ code: 'ERR_IRP_NO_SUCH_DEVICE' })
  })

  it('is refused by a closed channel', async () => {
    const { channel } = await bench()
    await channel.close()
    await expect(channel.open('device0')).rejects.toMatchObject({ code: 'ERR_IRP_CLOSED' })
  })
})

it('need not wait for completions that were set aside, on either way of waiting', async () => {
  const { channel } = await bench()
  expect([channel.wait(0), await channel.waitAsync(0)]).toEqual([false, false])
  channel.onSetAside(7, nt.STATUS_SUCCESS, 8, 1)
  expect([channel.wait(0), await channel.waitAsync(0)]).toEqual([true, true])
  expect(channel.reap(1, () => {})).toBe(1)
  expect([channel.wait(0), await channel.waitAsync(0)]).toEqual([false, false])
})

describe('a channel that moves', () => {
  it('goes on at its new owner, where the old one stopped', async () => {
    const engine = await bench()
    new Requester(engine).reads(1, 2, 3)
    const old = engine.channel
    const descriptor = old.transfer()
    expect(structuredClone(descriptor)).toMatchObject({ memory: { id: 1 } })
    engine.channel = attachChannel(descriptor)
    expect(contexts(new Requester(engine).reads(4, 5))).toEqual([4, 5])
    expect(old.isClosed).toBe(true)
    expect(old.submit()).toBe(nt.STATUS_INVALID_HANDLE)
    expect(engine.channel.ledger()).toMatchObject({ accepted: 2, completed: 2 })
  })

  it('stays while something is in flight or a file is open', async () => {
    const engine = await bench()
    new Requester(engine).read(1)
    expect(() => engine.channel.transfer()).toThrow(code('ERR_IRP_CHANNEL_MOVED'))
    engine.run()
    const file = await engine.until(engine.channel.open('device0'))
    expect(() => engine.channel.transfer()).toThrow(/0 requests in flight and 1 open files/)
    await engine.until(file.close())
    expect(() => engine.channel.transfer()).not.toThrow()
  })

  it('is told as moved, not as closed, and does not move twice', async () => {
    const { channel } = await bench()
    channel.transfer()
    const told = { code: 'ERR_IRP_CHANNEL_MOVED', message: /attachChannel took it/ }
    await expect(channel.open('device0')).rejects.toMatchObject({
      code: told.code,
      value: 'device0',
    })
    await expect(channel.open('device0')).rejects.toThrow(told.message)
    expect(() => channel.transfer()).toThrow(told.message)
  })
})

describe('close', () => {
  it('closes files, cancels what is in flight, and tells the workers', async () => {
    const trace: string[] = []
    const engine = await bench((request) =>
      request.markCancelable((same: Request) => {
        trace.push(`cancel ${same.fileId}`)
        same.complete(nt.STATUS_CANCELLED)
      }),
    )
    const file = await engine.until(engine.channel.open('device0'))
    const read = file.read(new Uint8Array(4), { rejectOnFailure: false })
    new Requester(engine).reads(1)
    await engine.until(engine.channel.close())
    expect(await read).toMatchObject({ status: nt.STATUS_CANCELLED })
    expect(trace).toHaveLength(2)
    expect(engine.memory.words[CHANNEL_CLOSED]).toBe(1)
    expect(engine.channel).toMatchObject({ isClosed: true, inFlight: 0 })
    await expect(engine.channel.close()).resolves.toBeUndefined()
    await expect(file.read(new Uint8Array(4))).rejects.toMatchObject({ code: 'ERR_IRP_CLOSED' })
  })

  it('waits for what cannot be cancelled', async () => {
    const held: Request[] = []
    const engine = await bench((request) => void held.push(request))
    new Requester(engine).reads(1)
    setTimeout(() => held[0]?.complete(nt.STATUS_SUCCESS), 5)
    await engine.until(engine.channel.close())
    expect(engine.channel.ledger()).toMatchObject({ success: 1, inFlight: 0, lost: 0 })
  })

  it('waits for a batch request of an open file that cannot be cancelled', async () => {
    const held: Request[] = []
    const engine = await bench((request) => void held.push(request))
    const { channel } = engine
    const file = await engine.until(channel.open('device0'))
    channel.prepareRead(file, channel.allocate(64), 64, 0, 1)
    channel.submit()
    engine.settle()
    void channel.close()
    // The cleanup has come and gone; the driver answers later.
    for (let turns = 0; turns < 100 && !channel.isClosed; turns++) {
      engine.step()
      if (turns === 20) held[0]?.complete(nt.STATUS_SUCCESS)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect(channel.isClosed).toBe(true)
  })

  it('gives up when the workers have gone: everything ends with a status', async () => {
    const engine = await bench(() => {})
    const requester = new Requester(engine)
    requester.reads(1)
    requester.read(2)
    engine.channel.submit()
    engine.fail()
    engine.channel.giveUp()
    expect(engine.channel.isClosed).toBe(true)
    expect(statuses(engine.reap())).toEqual([
      [1, nt.STATUS_DRIVER_PROCESS_TERMINATED],
      [2, nt.STATUS_DEVICE_NOT_CONNECTED],
    ])
    expect(engine.channel.ledger()).toMatchObject({ completed: 2, inFlight: 0, lost: 0 })
  })
})

describe('cancelAll', () => {
  it('asks for everything in flight', async () => {
    const engine = await bench((request) =>
      request.markCancelable((same: Request) => same.complete(nt.STATUS_CANCELLED)),
    )
    new Requester(engine).reads(1, 2, 3)
    engine.channel.cancelAll()
    engine.settle()
    expect(statuses(engine.reap()).map(([, status]) => status)).toEqual(
      Array(3).fill(nt.STATUS_CANCELLED),
    )
  })
})

describe('attachChannel', () => {
  it.each([undefined, null, 5, {}, { memory: {}, engine: new ArrayBuffer(8) }])(
    'refuses %o, which no transfer gave',
    (descriptor) => {
      expect(() => attachChannel(descriptor as never)).toThrow(
        expect.objectContaining({ name: 'EngineError', code: 'ERR_IRP_OPTION', value: descriptor }),
      )
    },
  )
})
