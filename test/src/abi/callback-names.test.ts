import { expect, it } from 'vitest'
import {
  CALLBACK_NAMES,
  callbackAt,
  callbackNumber,
  placeOf,
} from '../../../src/abi/callback-names.js'
import { DEVICE_CALLBACK_NAMES } from '../../../src/framework/pnp/device-callbacks.js'

it('has every callback of the machines, each once', () => {
  expect(CALLBACK_NAMES).toEqual(expect.arrayContaining([...DEVICE_CALLBACK_NAMES]))
  expect(new Set(CALLBACK_NAMES).size).toBe(CALLBACK_NAMES.length)
  expect(CALLBACK_NAMES.length).toBeLessThan(256)
})

it('tells device and callback by one number', () => {
  for (const device of [0, 1, 10_000, 2 ** 24 - 1]) {
    for (const callback of CALLBACK_NAMES) {
      const place = placeOf(device, callback)
      expect(place | 0).toBe(place)
      expect(callbackAt(place)).toEqual({ device, callback })
      expect(callbackAt(callbackNumber(callback))?.callback).toBe(callback)
    }
  }
})

it('numbers no other name', () => {
  expect([callbackNumber('EvtIoRead'), callbackNumber('')]).toEqual([0, 0])
})

it('0 is no place, nor is a number that nobody wrote', () => {
  expect([callbackAt(0), callbackAt(255), callbackAt(7 << 8)]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})
