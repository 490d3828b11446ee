import { expect, it } from 'vitest'
import type { Device } from '../../../src/framework/device.js'
import { FileObjects } from '../../../src/framework/file-objects.js'
import { deviceOf } from '../../harness/levels.js'

const top = level('top')
const low = level('low')

function level(name: string): Device {
  const { object } = deviceOf({ synchronizationScope: 'none' })
  return { name, object, fileAttributes: {} } as unknown as Device
}

it('gives one file object a handle and level, the same every time', () => {
  const files = new FileObjects()
  const file = files.of(top, 1, 7)
  expect(files.of(top, 1, 7)).toBe(file)
  expect([file.device, file.channelId, file.fileId]).toEqual([top, 1, 7])
  expect(files.of(low, 1, 7)).not.toBe(file)
  expect(files.of(top, 2, 7)).not.toBe(file)
  expect(files.of(top, 1, 8)).not.toBe(file)
  expect(files.size).toBe(3)
})

it('forgets all levels of a handle, and nothing else', () => {
  const files = new FileObjects()
  const [file, , other] = [files.of(top, 1, 7), files.of(low, 1, 7), files.of(top, 1, 8)]
  files.forget(1, 7)
  expect(files.size).toBe(1)
  expect(files.of(top, 1, 7)).not.toBe(file)
  expect(files.of(top, 1, 8)).toBe(other)
})

it('forgets all handles of a channel', () => {
  const files = new FileObjects()
  for (let fileId = 0; fileId < 3; fileId++) files.of(top, 1, fileId)
  const kept = files.of(top, 2, 0)
  files.forgetChannel(1)
  expect(files.size).toBe(1)
  expect(files.of(top, 2, 0)).toBe(kept)
})

it('tells the largest numbers apart', () => {
  const files = new FileObjects()
  const most = 2 ** 21 - 1
  const file = files.of(top, most, most)
  expect(files.of(top, most, most - 1)).not.toBe(file)
  expect(files.of(top, most - 1, most)).not.toBe(file)
})

it('gives up the handles at one device, and says which of them were open', () => {
  const files = new FileObjects()
  const [open, lower] = [files.of(top, 1, 7), files.of(low, 1, 7)]
  files.of(top, 1, 8)
  files.opened(open, 0)
  expect(files.takeAt(top)).toEqual([open])
  expect(files.size).toBe(1)
  expect(files.of(low, 1, 7)).toBe(lower)
  expect(files.takeAt(low)).toEqual([lower])
  expect(files.size).toBe(0)
})
