import { describe, expect, it } from 'vitest'
import { defineDriver, Driver, isDriverModule } from '../../../src/framework/driver.js'

const EvtDriverDeviceAdd = (): void => {}

describe('defineDriver', () => {
  it('gives back the callbacks, marked as a driver', () => {
    const module = defineDriver({ EvtDriverDeviceAdd })
    expect(module.EvtDriverDeviceAdd).toBe(EvtDriverDeviceAdd)
    expect(isDriverModule(module)).toBe(true)
  })

  it.each([{}, { EvtDriverDeviceAdd: 1 }, undefined, null])('refuses %j', (config) => {
    expect(() => defineDriver(config as never)).toThrow(/needs an EvtDriverDeviceAdd function/)
  })
})

describe('isDriverModule', () => {
  it('knows a driver of another copy of this package', () => {
    expect(isDriverModule({ [Symbol.for('irpool.driver')]: true })).toBe(true)
  })

  it.each([undefined, null, 1, () => {}, {}, { EvtDriverDeviceAdd: () => {} }])(
    'does not take %s for one',
    (value) => {
      expect(isDriverModule(value)).toBe(false)
    },
  )
})

describe('Driver', () => {
  it('has its URL, its callbacks and a state of its own', () => {
    const config = { EvtDriverDeviceAdd }
    const [one, other] = [new Driver('a:b', config), new Driver('a:b', config)]
    expect(one).toMatchObject({ url: 'a:b', config, context: {} })
    expect(one.context).not.toBe(other.context)
  })
})
