import { expect, it } from 'vitest'
import { Driver } from '../../../src/framework/driver.js'
import { codeOf } from '../../harness/status.js'

function newDriver(): Driver {
  return new Driver('test:', { EvtDriverDeviceAdd: () => {} })
}

it('uses the bytes of destroyed memory again, and no others', () => {
  const lookaside = newDriver().createLookaside(16)
  const first = lookaside.createMemory()
  const second = lookaside.createMemory()
  const { bytes } = first
  expect(second.bytes).not.toBe(bytes)
  first.object.reference()
  first.object.delete()
  expect(lookaside.createMemory().bytes).not.toBe(bytes)
  first.object.dereference()
  const again = lookaside.createMemory()
  expect(again.byteLength).toBe(16)
  expect(again.bytes).toBe(bytes)
  expect(codeOf(() => first.bytes)).toBe('WDF_INVALID_HANDLE')
})

it('gives its memory its own parent, unless another one is chosen', () => {
  const driver = newDriver()
  const lookaside = driver.createLookaside(16)
  const parent = driver.createObject()
  expect(lookaside.createMemory().object.parent).toBe(driver.object)
  expect(lookaside.createMemory({ parent }).object.parent).toBe(parent.object)
})

it('gives nothing once it is deleted, and takes nothing back', () => {
  const lookaside = newDriver().createLookaside(16)
  const memory = lookaside.createMemory()
  lookaside.object.reference()
  lookaside.object.delete()
  expect(codeOf(() => lookaside.createMemory())).toBe('STATUS_DELETE_PENDING')
  memory.object.delete()
  expect(codeOf(() => newDriver().createLookaside(0))).toBe('STATUS_INVALID_PARAMETER')
})
