import { expect, it } from 'vitest'
import type { Device } from '../../../src/framework/device.js'
import { FileObject } from '../../../src/framework/file-object.js'
import { deviceDriver } from '../../harness/inline-driver.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

it('knows its device, its channel and its number, and keeps the driver’s state', async () => {
  let device: Device | undefined
  await new SteppedEngine().addDevice(deviceDriver((created) => void (device = created)))
  if (device === undefined) throw new Error('no device')
  const [one, other] = [new FileObject(device, 2, 3), new FileObject(device, 2, 4)]
  expect(one).toMatchObject({ channelId: 2, fileId: 3, context: {} })
  expect(one.device).toBe(device)
  one.context['position'] = 5
  expect(other.context).toEqual({})
})
