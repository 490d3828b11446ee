import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import * as nt from '../../../../src/abi/ntstatus.js'
import * as srbs from '../../../../src/pairs/storage/srb.js'
import { QUIETLY, ScriptedMiniport, StorageRig } from '../../../harness/storage-rig.js'

let rig: StorageRig
const folders: string[] = []
afterEach(async () => {
  await rig.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function fileParameters(): Record<string, unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'irpool-unaligned-'))
  folders.push(folder)
  return { miniport: 'file', path: join(folder, 'disk.img'), bytes: 65_536 }
}

describe.each([
  ['ram', () => ({ miniport: 'ram', bytes: 65_536 })],
  ['file', fileParameters],
])('any bytes, on miniport %s', (_name, parameters) => {
  it('are what plain bytes would be, also when many come at once', async () => {
    rig = await StorageRig.open(parameters())
    const model = new Uint8Array(65_536)
    let seed = 5
    const upTo = (limit: number) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((seed / 2 ** 32) * limit)
    }
    for (let round = 0; round < 25; round++) {
      // Neighbours share blocks, and never bytes.
      const writes: Promise<unknown>[] = []
      for (let offset = upTo(700); offset < 60_000;) {
        const length = 1 + upTo(upTo(4) === 0 ? 5000 : 300)
        const bytes = new Uint8Array(length).fill(1 + upTo(255))
        model.set(bytes, offset)
        writes.push(rig.file.write(bytes, { offset }))
        offset += length + upTo(3) * 1000
        if (writes.length === 40) break
      }
      await rig.until(Promise.all(writes))
      const offset = upTo(60_000)
      const back = await rig.read(offset, 1 + upTo(5000))
      expect(Buffer.compare(back, model.subarray(offset, offset + back.length))).toBe(0)
    }
    expect(Buffer.compare(await rig.read(0, 65_536), model)).toBe(0)
  })

  it('end where the disk ends', async () => {
    rig = await StorageRig.open(parameters())
    expect(await rig.write(65_535, new Uint8Array(1).fill(3))).toBe(0)
    expect((await rig.read(65_535, 1))[0]).toBe(3)
    expect(await rig.write(65_535, new Uint8Array(2))).toBe(nt.STATUS_NONEXISTENT_SECTOR)
    const beyond = rig.file.read(new Uint8Array(2), { offset: 65_535, ...QUIETLY })
    expect((await rig.until(beyond)).status).toBe(nt.STATUS_NONEXISTENT_SECTOR)
  })
})

describe('an unaligned write', () => {
  it('waits until it is alone, and lets nothing in between its READ and its WRITE', async () => {
    const miniport = new ScriptedMiniport()
    rig = await StorageRig.open({ miniport: miniport.url() })
    const send = (offset: number, length: number) => {
      const sent = rig.file.write(new Uint8Array(length).fill(7), { offset, ...QUIETLY })
      rig.engine.channel.submit()
      rig.engine.settle()
      return sent
    }
    const codes = () => miniport.started.map(({ cdb }) => cdb[0])
    const sent = [send(0, 512), send(100, 10), send(200, 10), send(512, 512)]
    expect(codes()).toEqual([0x2a])
    miniport.complete()
    expect(codes()).toEqual([0x28])
    miniport.complete()
    expect(codes()).toEqual([0x2a])
    expect(miniport.started[0]?.data.indexOf(7)).toBe(100)
    miniport.complete()
    // The second one, before what came after it.
    expect(codes()).toEqual([0x28])
    miniport.complete(srbs.SRB_STATUS_ERROR)
    expect(codes()).toEqual([0x2a])
    miniport.complete()
    const statuses = (await rig.until(Promise.all(sent))).map(({ status }) => status)
    expect(statuses).toEqual([0, 0, nt.STATUS_IO_DEVICE_ERROR, 0])
  })

  it('waits for whatever holds the queue', async () => {
    const miniport = new ScriptedMiniport()
    rig = await StorageRig.open({ miniport: miniport.url() })
    miniport.port.pause(60_000)
    const sent = rig.file.write(new Uint8Array(1), { offset: 3, ...QUIETLY })
    rig.engine.channel.submit()
    rig.engine.settle()
    expect(miniport.started).toEqual([])
    miniport.onStart = () => miniport.complete()
    miniport.port.resume()
    expect((await rig.until(sent)).status).toBe(0)
  })

  it('ends with its unit', async () => {
    const miniport = new ScriptedMiniport()
    rig = await StorageRig.open({ miniport: miniport.url(), timeOutMs: 10, tickMs: 5 })
    miniport.onStart = (srb) => {
      if (srb.function === srbs.SRB_FUNCTION_EXECUTE_SCSI) return
      miniport.started.pop()
      miniport.port.requestComplete(srb, srbs.SRB_STATUS_ERROR)
    }
    const stuck = rig.file.read(new Uint8Array(512), QUIETLY)
    const waiting = rig.file.write(new Uint8Array(1), { offset: 3, ...QUIETLY })
    expect((await rig.until(waiting)).status).toBe(nt.STATUS_DEVICE_DOES_NOT_EXIST)
    miniport.complete()
    expect((await rig.until(stuck)).status).toBe(0)
  })
})
