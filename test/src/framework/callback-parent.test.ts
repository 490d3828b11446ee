import { describe, expect, it } from 'vitest'
import {
  callbackParentOf,
  checkSerialization,
  requireCallback,
} from '../../../src/framework/callback-parent.js'
import { FrameworkObject } from '../../../src/framework/framework-object.js'
import { dispatchDevice, freeDevice, passiveDevice } from '../../harness/levels.js'

/** Code of the error that it throws, undefined if it throws none. */
function codeOf(action: () => void): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('automatic serialization', () => {
  it.each([
    [dispatchDevice, 'dispatch', true],
    [dispatchDevice, 'passive', false],
    [passiveDevice, 'passive', true],
    [passiveDevice, 'dispatch', false],
    [freeDevice, 'passive', true],
    [{ synchronizationScope: 'inherit' }, 'passive', true],
    [{ synchronizationScope: 'queue', executionLevel: 'passive' }, 'dispatch', false],
    [{ synchronizationScope: 'queue' }, 'dispatch', true],
  ] as const)('under %o at %s level: %s', (parent, level, isRight) => {
    const check = (): void => checkSerialization('DPC', parent, true, level)
    expect(codeOf(check)).toBe(isRight ? undefined : 'STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL')
    checkSerialization('DPC', parent, false, level)
  })
})

it('what is below a device takes the lock of the nearest device or queue above it', () => {
  const general = new FrameworkObject('general', {}, freeDevice.object)
  const below = new FrameworkObject('general', {}, general)
  expect(callbackParentOf('timer', freeDevice.object)).toBe(freeDevice)
  expect(callbackParentOf('timer', below)).toBe(freeDevice)
  expect(() => callbackParentOf('timer', new FrameworkObject('general', {}, null))).toThrow(
    expect.objectContaining({ code: 'STATUS_INVALID_DEVICE_REQUEST' }),
  )
})

it('a callback is a function', () => {
  requireCallback('EvtDpcFunc', () => {})
  expect(() => requireCallback('EvtDpcFunc', 7)).toThrow(
    expect.objectContaining({ code: 'STATUS_INVALID_PARAMETER', value: 7 }),
  )
})
