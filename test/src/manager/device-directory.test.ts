import { expect, it } from 'vitest'
import type { DeviceDescription } from '../../../src/irp/device-description.js'
import { DeviceDirectory, DeviceRoute } from '../../../src/manager/device-directory.js'

const device = (name: string, id = 0): DeviceDescription => ({
  id,
  name,
  driver: 'a:b',
  homeWorker: 0,
  role: 'function',
  below: [],
  synchronizationScope: 'device',
  queues: [],
  routes: [0, -1, 125],
})

it('finds what was added, and not what was removed', () => {
  const directory = new DeviceDirectory([device('a', 1)])
  directory.add(device('b', 2))
  expect(directory.describe('b').id).toBe(2)
  expect(directory.has('a')).toBe(true)
  expect(directory.all().map(({ name }) => name)).toEqual(['a', 'b'])
  directory.remove('a')
  expect(directory.has('a')).toBe(false)
  expect(() => directory.describe('a')).toThrow('there is no device "a"; devices: b')
})

it('names some devices when there are many, and none when there is none', () => {
  const many = new DeviceDirectory(Array.from({ length: 20 }, (_, i) => device(`d${i}`)))
  expect(() => many.describe('x')).toThrow(/devices: d0, d1, d2, d3, d4, d5, d6, d7$/)
  expect(() => new DeviceDirectory().describe('x')).toThrow(
    expect.objectContaining({
      code: 'ERR_IRP_NO_SUCH_DEVICE',
      value: 'x',
      message: 'there is no device "x"; devices: none',
    }),
  )
})

it('gives a submitter the workers as small integers', () => {
  const route = new DeviceRoute(device('a', 3))
  expect(route).toMatchObject({ id: 3, name: 'a' })
  expect([...route.workers]).toEqual([0, -1, 125])
})

it('names a device that went by its id, unless that was long ago', () => {
  const directory = new DeviceDirectory([device('a', 1), device('b', 2)])
  directory.remove('a')
  directory.remove('never there')
  expect([directory.nameOf(1), directory.nameOf(2), directory.nameOf(3)]).toEqual([
    'a',
    'b',
    undefined,
  ])
  for (let id = 3; id < 300; id++) {
    directory.add(device('c', id))
    directory.remove('c')
  }
  expect([directory.nameOf(1), directory.nameOf(299)]).toEqual([undefined, 'c'])
})
