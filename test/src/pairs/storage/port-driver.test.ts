import { describe, expect, it } from 'vitest'
import * as nt from '../../../../src/abi/ntstatus.js'
import portDriver from '../../../../src/pairs/storage/port-driver.js'
import { moduleUrl } from '../../../harness/inline-driver.js'
import { SteppedEngine } from '../../../harness/stepped-engine.js'
import { QUIETLY, ScriptedMiniport, StorageRig } from '../../../harness/storage-rig.js'

const add = (parameters: Record<string, unknown>) =>
  new SteppedEngine().addDevice(moduleUrl(portDriver), { parameters })

describe('parameters', () => {
  it.each(['floppy', 7, null, moduleUrl('no function')])(
    'miniport %j is none',
    async (miniport) => {
      await expect(add({ miniport })).rejects.toMatchObject({
        code: 'ERR_IRP_DEVICE_ADD',
        ntstatus: nt.STATUS_INVALID_PARAMETER,
      })
    },
  )

  it.each([
    [{ blockBytes: 500, blockCount: 8, queueDepth: 1 }, nt.STATUS_INVALID_PARAMETER],
    [{ blockBytes: 256, blockCount: 8, queueDepth: 1 }, nt.STATUS_INVALID_PARAMETER],
    [{ blockBytes: 512, blockCount: 0, queueDepth: 1 }, nt.STATUS_INVALID_PARAMETER],
    [{ blockBytes: 512, blockCount: 2 ** 50, queueDepth: 1 }, nt.STATUS_INVALID_PARAMETER],
    [{ blockBytes: 512, blockCount: 8, queueDepth: 0 }, nt.STATUS_INVALID_PARAMETER],
  ])('a unit of %j stops the start', async (unit, ntstatus) => {
    const miniport = new ScriptedMiniport()
    miniport.units = [unit]
    await expect(add({ miniport: miniport.url() })).rejects.toMatchObject({ ntstatus })
  })

  it('an adapter needs a unit', async () => {
    const miniport = new ScriptedMiniport()
    miniport.units = []
    const ntstatus = nt.STATUS_DEVICE_DOES_NOT_EXIST
    await expect(add({ miniport: miniport.url() })).rejects.toMatchObject({ ntstatus })
  })
})

describe('requests', () => {
  it.each([
    [0, 131_072],
    [1, 65_536],
  ])('offset %d, %d bytes are more than the adapter moves at once', async (offset, length) => {
    const miniport = new ScriptedMiniport()
    const rig = await StorageRig.open({ miniport: miniport.url() })
    for (const send of ['read', 'write'] as const) {
      const sent = rig.file[send](new Uint8Array(length), { offset, ...QUIETLY })
      expect((await rig.until(sent)).status).toBe(nt.STATUS_INVALID_PARAMETER)
    }
    expect(miniport.built).toEqual([])
    await rig.close()
  })

  it('become READ, WRITE and SYNCHRONIZE CACHE', async () => {
    const miniport = new ScriptedMiniport()
    miniport.onStart = () => miniport.complete()
    const rig = await StorageRig.open({ miniport: miniport.url(), timeOutMs: 77 })
    const buffer = new Uint8Array(1024)
    expect((await rig.until(rig.file.read(buffer, { offset: 512 }))).information).toBe(1024)
    expect((await rig.until(rig.file.write(buffer, { offset: 2 ** 42 }))).information).toBe(1024)
    expect((await rig.until(rig.file.flush())).information).toBe(0)
    expect(miniport.built.map(({ cdb }) => cdb[0])).toEqual([0x35, 0x35, 0x35])
    expect(miniport.built.every((srb) => srb === miniport.built[0])).toBe(true)
    expect(miniport.built[0]?.timeOutMs).toBe(77)
    await rig.close()
  })

  it('other control codes, and a pass-through without a description, are refused', async () => {
    const rig = await StorageRig.open({ miniport: 'ram', bytes: 4096 })
    const other = rig.file.ioctl(0x2d1400, new Uint8Array(4), null, QUIETLY)
    expect((await rig.until(other)).status).toBe(nt.STATUS_INVALID_DEVICE_REQUEST)
    const { IOCTL_STORAGE_SRB_IN } = await import('../../../../src/pairs/storage/pass-through.js')
    const short = rig.file.ioctl(IOCTL_STORAGE_SRB_IN, new Uint8Array(31), null, QUIETLY)
    expect((await rig.until(short)).status).toBe(nt.STATUS_BUFFER_TOO_SMALL)
    await rig.close()
  })

  it('the SRB says what the request said', async () => {
    const miniport = new ScriptedMiniport()
    const rig = await StorageRig.open({ miniport: miniport.url() })
    const sent = rig.file.write(new Uint8Array(1024).fill(5), { offset: 1536 })
    rig.engine.channel.submit()
    rig.engine.settle()
    const [srb] = miniport.started
    expect([...(srb?.cdb.subarray(0, 10) ?? [])]).toEqual([0x2a, 0, 0, 0, 0, 3, 0, 0, 2, 0])
    expect([srb?.data.length, srb?.data[1023], srb?.dataTransferLength]).toEqual([1024, 5, 1024])
    miniport.complete()
    await rig.until(sent)
    await rig.close()
  })
})
