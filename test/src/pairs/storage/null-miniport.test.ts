import { expect, it } from 'vitest'
import * as nt from '../../../../src/abi/ntstatus.js'
import { StorageRig } from '../../../harness/storage-rig.js'

it('answers everything within its size, and moves nothing', async () => {
  const rig = await StorageRig.open({ miniport: 'null', bytes: 1 << 20 })
  expect(await rig.write(0, new Uint8Array(4096).fill(7))).toBe(nt.STATUS_SUCCESS)
  const bytes = new Uint8Array(4096).fill(9)
  const read = rig.file.read(bytes)
  expect(await rig.until(read)).toMatchObject({ information: 4096 })
  expect((await rig.until(rig.file.flush())).status).toBe(nt.STATUS_SUCCESS)
  expect(await rig.write(1 << 20, new Uint8Array(512))).toBe(nt.STATUS_NONEXISTENT_SECTOR)
  await rig.close()
})
