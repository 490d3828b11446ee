import { describe, expect, it } from 'vitest'
import {
  checkSerialization,
  requireCallback,
  requireParent,
} from '../../../src/framework/callback-parent.js'
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

it('a parent is required where KMDF requires one', () => {
  expect(requireParent('timer', freeDevice)).toBe(freeDevice)
  expect(() => requireParent('timer', undefined)).toThrow(
    expect.objectContaining({ code: 'STATUS_WDF_PARENT_NOT_SPECIFIED' }),
  )
})

it('a callback is a function', () => {
  requireCallback('EvtDpcFunc', () => {})
  expect(() => requireCallback('EvtDpcFunc', 7)).toThrow(
    expect.objectContaining({ code: 'STATUS_INVALID_PARAMETER', value: 7 }),
  )
})
