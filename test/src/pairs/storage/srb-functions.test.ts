import { afterEach, beforeEach, expect, it } from 'vitest'
import * as nt from '../../../../src/abi/ntstatus.js'
import { writeReadCdb } from '../../../../src/pairs/storage/cdb.js'
import * as srbs from '../../../../src/pairs/storage/srb.js'
import { QUIETLY, ScriptedMiniport, StorageRig } from '../../../harness/storage-rig.js'

let rig: StorageRig
let miniport: ScriptedMiniport
beforeEach(async () => {
  miniport = new ScriptedMiniport()
  miniport.units.push({ blockBytes: 512, blockCount: 10, queueDepth: 2 })
  rig = await StorageRig.open({ miniport: miniport.url() })
})
afterEach(async () => {
  while (miniport.started.length > 0) miniport.complete()
  await rig.close()
})
const send = async (srbFunction: number, lun = 0) =>
  (await rig.until(rig.srb({ cdb: () => 0, srbFunction, lun }))).status

it.each([srbs.SRB_FUNCTION_FLUSH, srbs.SRB_FUNCTION_SHUTDOWN])(
  'function 0x%s makes the unit write its cache',
  async (srbFunction) => {
    miniport.onStart = () => miniport.complete()
    expect(await send(srbFunction)).toBe(0)
    expect(miniport.built.map(({ cdb }) => cdb[0])).toEqual([0x35])
  },
)

it('a function that there is not, or a unit that there is not', async () => {
  expect(await send(0x77)).toBe(nt.STATUS_INVALID_DEVICE_REQUEST)
  expect(await send(srbs.SRB_FUNCTION_LOCK_QUEUE, 5)).toBe(nt.STATUS_DEVICE_DOES_NOT_EXIST)
  expect(await send(srbs.SRB_FUNCTION_EXECUTE_SCSI, 5)).toBe(nt.STATUS_DEVICE_DOES_NOT_EXIST)
})

it.each([srbs.SRB_FUNCTION_RESET_LOGICAL_UNIT, srbs.SRB_FUNCTION_RESET_DEVICE])(
  'reset 0x%s ends what the unit had, or fails and ends nothing',
  async (srbFunction) => {
    const stuck = rig.file.read(new Uint8Array(512), QUIETLY)
    rig.engine.channel.submit()
    rig.engine.settle()
    miniport.onStart = (srb) => {
      miniport.started.pop()
      miniport.port.requestComplete(srb, srbs.SRB_STATUS_ERROR)
    }
    expect(await send(srbFunction)).toBe(nt.STATUS_IO_DEVICE_ERROR)
    expect(miniport.started).toHaveLength(1)
    miniport.onStart = (srb) => {
      miniport.started.length = 0
      miniport.port.requestComplete(srb, srbs.SRB_STATUS_SUCCESS)
    }
    expect(await send(srbFunction)).toBe(0)
    expect((await rig.until(stuck)).status).toBe(nt.STATUS_BUS_RESET)
  },
)

it('a bus reset ends what all units had', async () => {
  const stuck = rig.file.read(new Uint8Array(512), QUIETLY)
  rig.engine.channel.submit()
  rig.engine.settle()
  expect(await send(srbs.SRB_FUNCTION_RESET_BUS, 1)).toBe(nt.STATUS_IO_DEVICE_ERROR)
  miniport.releasesOnBusReset = true
  miniport.started.length = 0
  expect(await send(srbs.SRB_FUNCTION_RESET_BUS, 1)).toBe(0)
  expect((await rig.until(stuck)).status).toBe(nt.STATUS_BUS_RESET)
})

it('REQUEST SENSE tells once what the last failure was', async () => {
  const disk = await StorageRig.open({ miniport: 'ram', bytes: 4096 })
  const beyond = disk.srb({ cdb: (cdb) => writeReadCdb(cdb, 100, 1), into: new Uint8Array(512) })
  expect((await disk.until(beyond)).status).toBe(nt.STATUS_NONEXISTENT_SECTOR)
  for (const [key, code] of [
    [5, 0x21],
    [0, 0],
  ]) {
    const into = new Uint8Array(32)
    const sense = disk.srb({ cdb: requestSense, into })
    expect(await disk.until(sense)).toMatchObject({ status: 0, information: 18 })
    expect([into[0], into[2], into[12]]).toEqual([0x70, key, code])
  }
  await disk.close()
})

function requestSense(cdb: Uint8Array): number {
  cdb.set([0x03, 0, 0, 0, 252, 0])
  return 6
}
