import { expect, it } from 'vitest'
import { Driver } from '../../../src/framework/driver.js'
import { codeOf } from '../../harness/status.js'

const driver = new Driver('test:', { EvtDriverDeviceAdd: () => {} })

it('keeps objects in order', () => {
  const collection = driver.createCollection()
  expect([collection.first, collection.last, collection.count]).toEqual([null, null, 0])
  const [a, b, c] = [driver.createObject(), driver.createMemory(4), driver.createObject()] as const
  for (const item of [a, b, c]) collection.add(item)
  expect([...collection]).toEqual([a, b, c])
  expect([collection.first, collection.last, collection.item(1), collection.item(3)]).toEqual([
    a,
    c,
    b,
    null,
  ])
  collection.removeItem(0)
  collection.remove(c)
  expect([[...collection], collection.count]).toEqual([[b], 1])
  expect(codeOf(() => collection.remove(a))).toBe('STATUS_NOT_FOUND')
  expect(codeOf(() => collection.removeItem(1))).toBe('STATUS_NOT_FOUND')
})

it('references what it has, each place once', () => {
  const collection = driver.createCollection()
  const { object } = driver.createMemory(4)
  const item = object.handle
  collection.add(item)
  collection.add(item)
  expect(object.heldBy).toEqual([{ tag: 'collection', count: 2 }])
  collection.object.delete()
  expect(object.heldBy).toEqual([])
})

it('takes nothing once it is being deleted', () => {
  const collection = driver.createCollection()
  collection.object.reference()
  collection.object.delete()
  expect(codeOf(() => collection.add(driver.createObject()))).toBe('STATUS_DELETE_PENDING')
})
