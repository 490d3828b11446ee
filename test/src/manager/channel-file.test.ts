import { expect, it } from 'vitest'
import * as major from '../../../src/abi/major-function.js'
import { ChannelFile } from '../../../src/manager/channel-file.js'
import { DeviceRoute } from '../../../src/manager/device-directory.js'
import type { DeviceDescription } from '../../../src/irp/device-description.js'

it('knows the way of each request of its device', () => {
  const routes = Array.from({ length: major.MAJOR_FUNCTION_COUNT }, (_, code) => code % 3)
  routes[major.IRP_MJ_READ] = -1
  routes[major.IRP_MJ_WRITE] = 2
  const device = new DeviceRoute({ id: 5, name: 'disk', routes } as unknown as DeviceDescription)
  const file = new ChannelFile(7, 9, device)
  expect(file).toMatchObject({
    channelId: 7,
    fileId: 9,
    row: 5 << 5,
    readWorker: -1,
    writeWorker: 2,
    isOpen: true,
  })
  expect([...file.workers]).toEqual(routes)
  file.openOn = 0
  expect(file.isOpen).toBe(false)
})

it('knows the workers that present its requests, besides the one that closes it', () => {
  const routes = Array.from({ length: 28 }, () => 1)
  const other = (index: number, worker: number): number[] => {
    const changed = routes.with(index, worker)
    const device = new DeviceRoute({
      id: 5,
      name: 'disk',
      routes: changed,
    } as unknown as DeviceDescription)
    return new ChannelFile(7, 9, device).otherWorkers(4)
  }
  expect(other(3, 1)).toEqual([])
  expect(other(3, 2)).toEqual([2])
  expect(other(4, -1)).toEqual([0, 2, 3])
})
