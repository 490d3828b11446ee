/** DeviceInit: what it refuses. What its settings do is tested where they are used. */
import { describe, expect, it } from 'vitest'
import { DeviceInit } from '../../../src/framework/device-init.js'
import type { Device } from '../../../src/framework/device.js'
import { failureOf } from '../../harness/status.js'

const nothing = (): void => {}

function newInit(role: 'filter' | 'function' = 'function'): DeviceInit {
  return new DeviceInit('device0', role, {}, () => ({ name: 'made' }) as Device)
}

it('makes one device', () => {
  const init = newInit()
  expect(init.createDevice()).toBe(init.created)
  expect(() => init.createDevice()).toThrow(failureOf('STATUS_INVALID_DEVICE_STATE'))
})

it('makes none with a scope that is none, and can still make one', () => {
  const init = newInit()
  const attributes = { synchronizationScope: 'all' } as never
  expect(() => init.createDevice(attributes)).toThrow(
    failureOf('STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID'),
  )
  expect(init.created).toBeUndefined()
  init.createDevice({ synchronizationScope: 'device', executionLevel: 'passive' })
})

describe('a preprocess callback', () => {
  it.each([-1, 28, 1.5, Number.NaN])('for major function %d is refused', (code) => {
    expect(() => newInit().assignWdmIrpPreprocessCallback(code, () => {})).toThrow(
      failureOf('STATUS_INVALID_PARAMETER'),
    )
  })

  it('replaces an earlier one', () => {
    const init = newInit()
    init.assignWdmIrpPreprocessCallback(3, () => {})
    init.assignWdmIrpPreprocessCallback(3, nothing)
    expect([...init.preprocess]).toEqual([[3, nothing]])
  })
})

it('is a filter because its host or its driver says so', () => {
  const init = newInit()
  expect([newInit('filter').isFilter, init.isFilter]).toEqual([true, false])
  init.setFilter()
  expect(init.isFilter).toBe(true)
})
