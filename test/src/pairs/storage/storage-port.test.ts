import { afterEach, describe, expect, it } from 'vitest'
import * as nt from '../../../../src/abi/ntstatus.js'
import { writeReadCdb } from '../../../../src/pairs/storage/cdb.js'
import * as srbs from '../../../../src/pairs/storage/srb.js'
import { QUIETLY, ScriptedMiniport, StorageRig } from '../../../harness/storage-rig.js'

const { SRB_STATUS_BUSY, SRB_STATUS_ERROR, SRB_STATUS_SUCCESS } = srbs
let rig: StorageRig
let miniport: ScriptedMiniport

async function open(parameters: Record<string, unknown> = {}): Promise<void> {
  miniport ??= new ScriptedMiniport()
  rig = await StorageRig.open({ miniport: miniport.url(), ...parameters })
}
afterEach(async () => {
  while (miniport.started.length > 0) miniport.complete()
  await rig.close()
  miniport = undefined as never
})

/** Sends a read of one block and lets the worker come to rest. */
function send(lba: number): Promise<{ status: number }> {
  const sent = rig.file.read(new Uint8Array(512), { offset: lba * 512, ...QUIETLY })
  rig.engine.channel.submit()
  rig.engine.settle()
  return sent
}
const lbas = (list: srbs.Srb[]) => list.map(({ cdb }) => cdb[5])
const control = (srbFunction: number) =>
  rig.until(rig.srb({ cdb: () => 0, srbFunction })).then(({ status }) => status)
/** A read by pass-through, whose failure freezes the queue. */
function sendFreezing(lba: number, flags = 0): Promise<{ status: number }> {
  const sent = rig.srb({
    cdb: (cdb) => writeReadCdb(cdb, lba, 1),
    into: new Uint8Array(512),
    flags,
  })
  rig.engine.channel.submit()
  rig.engine.settle()
  return sent
}

describe('the queue of a unit', () => {
  it('builds at once, starts in order up to its depth', async () => {
    await open()
    const sent = [0, 1, 2, 3].map(send)
    expect(lbas(miniport.built)).toEqual([0, 1, 2, 3])
    expect(lbas(miniport.started)).toEqual([0, 1])
    miniport.complete()
    expect(lbas(miniport.started)).toEqual([1, 2])
    for (let i = 0; i < 3; i++) miniport.complete()
    for (const { status } of await rig.until(Promise.all(sent))) expect(status).toBe(0)
  })

  it('never enters HwStartIo twice, also when everything completes inside it', async () => {
    await open()
    const waiting = [0, 1, 2, 3, 4, 5].map(send)
    miniport.onStart = () => miniport.complete()
    miniport.complete()
    miniport.complete()
    await rig.until(Promise.all(waiting))
    await rig.until(Promise.all([6, 7].map(send)))
    expect([miniport.deepest, miniport.built.length]).toEqual([1, 8])
  })

  it('answers by itself what HwBuildIo completed', async () => {
    await open()
    miniport.onBuild = (srb) => {
      miniport.port.requestComplete(srb, srbs.SRB_STATUS_INVALID_REQUEST)
      return false
    }
    expect((await rig.until(send(0))).status).toBe(nt.STATUS_INVALID_DEVICE_REQUEST)
    expect(miniport.started).toEqual([])
    miniport.onBuild = () => true
  })

  it('lets a waiting request be cancelled, and only that', async () => {
    await open()
    const abort = new AbortController()
    const sent = [send(0), send(1)]
    const buffer = new Uint8Array(512)
    const third = rig.file.read(buffer, { offset: 1024, signal: abort.signal, ...QUIETLY })
    const fourth = send(3)
    abort.abort()
    expect((await rig.until(third)).status).toBe(nt.STATUS_CANCELLED)
    miniport.complete()
    expect(lbas(miniport.started)).toEqual([1, 3])
    miniport.complete()
    miniport.complete()
    await rig.until(Promise.all([...sent, fourth]))
  })
})

describe('a miniport that cannot', () => {
  it('BUSY: tries again after a completion, with a fresh build, before the others', async () => {
    await open()
    const sent = [0, 1, 2].map(send)
    const [, second] = miniport.started
    miniport.started.pop()
    miniport.port.requestComplete(second as srbs.Srb, SRB_STATUS_BUSY)
    expect(lbas(miniport.started)).toEqual([0])
    miniport.complete()
    expect(lbas(miniport.started)).toEqual([1, 2])
    expect(lbas(miniport.built)).toEqual([0, 1, 2, 1])
    miniport.complete()
    miniport.complete()
    await rig.until(Promise.all(sent))
  })

  it('BUSY with nothing outstanding: tries again after a while', async () => {
    await open()
    let refusals = 2
    miniport.onStart = () =>
      miniport.complete(refusals-- > 0 ? SRB_STATUS_BUSY : SRB_STATUS_SUCCESS)
    expect((await rig.until(send(5))).status).toBe(0)
    expect(lbas(miniport.built)).toEqual([5, 5, 5])
    miniport.onStart = () => {}
  })

  it('pause and resume, busy and ready', async () => {
    await open()
    miniport.port.pause(60_000)
    const sent = [send(0)]
    expect(miniport.started).toEqual([])
    miniport.port.resume()
    expect(lbas(miniport.started)).toEqual([0])
    miniport.port.busy(1)
    sent.push(send(1))
    expect(lbas(miniport.started)).toEqual([0])
    miniport.complete()
    expect(lbas(miniport.started)).toEqual([1])
    miniport.port.busy(5)
    sent.push(send(2))
    miniport.port.ready()
    expect(lbas(miniport.started)).toEqual([1, 2])
    miniport.complete()
    miniport.complete()
    // Nothing is outstanding: there is nothing to wait for.
    miniport.port.busy(3)
    sent.push(send(3))
    miniport.complete()
    await rig.until(Promise.all(sent))
  })

  it('a pause ends by itself', async () => {
    await open()
    miniport.port.pauseDevice(0, 5)
    miniport.onStart = () => miniport.complete()
    expect((await rig.until(send(0))).status).toBe(0)
    miniport.onStart = () => {}
  })

  it('throws: fails that request, and the Framework hears of it', async () => {
    await open()
    miniport.onStart = () => {
      throw new Error('broken')
    }
    expect((await rig.until(send(0))).status).toBe(nt.STATUS_IO_DEVICE_ERROR)
    expect(rig.engine.faults.map(({ error }) => error.message)).toEqual(['broken'])
    miniport.started.length = 0
    miniport.onStart = () => miniport.complete()
    expect((await rig.until(send(1))).status).toBe(0)
    miniport.onStart = () => {}
  })

  it('completes what it does not have: nothing happens', async () => {
    await open()
    const sent = send(0)
    const srb = miniport.started[0] as srbs.Srb
    miniport.complete()
    miniport.port.requestComplete(srb, SRB_STATUS_ERROR)
    expect((await rig.until(sent)).status).toBe(0)
  })
})

describe('queue control', () => {
  it('an error freezes the queue until it is released; a bypassing SRB passes', async () => {
    await open()
    const failing = sendFreezing(0)
    miniport.complete(SRB_STATUS_ERROR)
    expect((await rig.until(failing)).status).toBe(nt.STATUS_IO_DEVICE_ERROR)
    const held = send(1)
    const bypassing = sendFreezing(2, srbs.SRB_FLAGS_BYPASS_FROZEN_QUEUE)
    expect(lbas(miniport.started)).toEqual([])
    // Order is kept: what bypasses a frozen queue does not overtake what waits in it.
    expect(await control(srbs.SRB_FUNCTION_RELEASE_QUEUE)).toBe(0)
    expect(lbas(miniport.started)).toEqual([1, 2])
    miniport.complete()
    miniport.complete()
    await rig.until(Promise.all([held, bypassing]))
  })

  it('reads and writes do not freeze it', async () => {
    await open()
    const failing = send(0)
    miniport.complete(SRB_STATUS_ERROR)
    await rig.until(failing)
    const next = send(1)
    expect(lbas(miniport.started)).toEqual([1])
    miniport.complete()
    await rig.until(next)
  })

  it('FLUSH_QUEUE ends what waits and releases; LOCK holds until UNLOCK', async () => {
    await open()
    const failing = sendFreezing(0)
    miniport.complete(SRB_STATUS_ERROR)
    await rig.until(failing)
    const waiting = [send(1), send(2)]
    expect(await control(srbs.SRB_FUNCTION_FLUSH_QUEUE)).toBe(0)
    for (const { status } of await rig.until(Promise.all(waiting))) {
      expect(status).toBe(nt.STATUS_CANCELLED)
    }
    expect(await control(srbs.SRB_FUNCTION_LOCK_QUEUE)).toBe(0)
    const locked = send(3)
    expect(miniport.started).toEqual([])
    expect(await control(srbs.SRB_FUNCTION_UNLOCK_QUEUE)).toBe(0)
    miniport.complete()
    expect((await rig.until(locked)).status).toBe(0)
  })
})

describe('a request that takes too long', () => {
  it('is ended by a reset of its unit, with its neighbours, once the miniport let go', async () => {
    await open({ timeOutMs: 20, tickMs: 5 })
    miniport.onStart = (srb) => {
      if (srb.function !== srbs.SRB_FUNCTION_RESET_LOGICAL_UNIT) return
      // Forgets everything it has, then says so.
      miniport.started.length = 0
      miniport.started.push(srb)
      miniport.complete()
    }
    const [late, neighbour] = [send(0), send(1)]
    const statuses = (await rig.until(Promise.all([late, neighbour]))).map(({ status }) => status)
    expect(statuses).toContain(nt.STATUS_IO_TIMEOUT)
    expect(statuses.every((s) => s === nt.STATUS_IO_TIMEOUT || s === nt.STATUS_BUS_RESET)).toBe(
      true,
    )
    miniport.onStart = () => miniport.complete()
    expect((await rig.until(send(2))).status).toBe(0)
    miniport.onStart = () => {}
  })

  it('stays when no reset helps: its bytes are still in use; the unit takes nothing more', async () => {
    await open({ timeOutMs: 10, tickMs: 5 })
    miniport.onStart = (srb) => {
      if (srb.function === srbs.SRB_FUNCTION_EXECUTE_SCSI) return
      miniport.started.pop()
      miniport.port.requestComplete(srb, SRB_STATUS_ERROR)
    }
    const sent = [send(0), send(1), send(2)]
    const waiting = await rig.until(sent[2] as Promise<{ status: number }>)
    expect(waiting.status).toBe(nt.STATUS_DEVICE_DOES_NOT_EXIST)
    expect(miniport.busResets).toBe(1)
    expect((await rig.until(send(3))).status).toBe(nt.STATUS_DEVICE_DOES_NOT_EXIST)
    miniport.complete()
    miniport.complete()
    for (const { status } of await rig.until(Promise.all(sent.slice(0, 2)))) expect(status).toBe(0)
  })
})
