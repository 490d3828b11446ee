import { describe, expect, it } from 'vitest'
import {
  canWakeFrom,
  checkedIdleSettings,
  checkedWakeSettings,
  checkSystemState,
} from '../../../../src/framework/pnp/power-settings.js'

describe('power settings', () => {
  it('have the defaults of KMDF', () => {
    expect(checkedIdleSettings({})).toEqual({
      enabled: true,
      wakeFromS0Capable: false,
      idleTimeoutMs: 5000,
      dxState: 'D3',
      powerUpIdleDeviceOnSystemWake: false,
    })
    expect(checkedWakeSettings({})).toEqual({
      enabled: true,
      dxState: 'D3',
      deepestWakeState: 'S3',
      armForWakeIfChildrenAreArmed: false,
    })
  })

  it.each<[string, () => unknown]>([
    ['idleTimeoutMs NaN', () => checkedIdleSettings({ idleTimeoutMs: Number.NaN })],
    ['idleTimeoutMs -5', () => checkedIdleSettings({ idleTimeoutMs: -5 })],
    ['dxState "D0"', () => checkedIdleSettings({ dxState: 'D0' })],
    ['dxState "D3Final"', () => checkedWakeSettings({ dxState: 'D3Final' })],
    ['deepestWakeState "S0"', () => checkedWakeSettings({ deepestWakeState: 'S0' })],
    ['"S6"', () => checkSystemState('S6' as never)],
  ])('refuse %s', (message, call) => {
    expect(call).toThrow(message)
  })

  it('know which sleep is too deep', () => {
    expect(canWakeFrom('S3', 'S3')).toBe(true)
    expect(canWakeFrom('S3', 'S1')).toBe(true)
    expect(canWakeFrom('S3', 'S4')).toBe(false)
  })
})
