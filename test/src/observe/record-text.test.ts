import { expect, it } from 'vitest'
import { callbackNumber } from '../../../src/abi/callback-names.js'
import { STATUS_DEVICE_BUSY } from '../../../src/abi/ntstatus.js'
import * as layout from '../../../src/abi/recorder-layout.js'
import { recordText } from '../../../src/observe/record-text.js'

const CODES = Object.entries(layout).filter(([name]) =>
  /^RECORD_(WORKER|CHANNEL|DEVICE|DRIVER|HOST|CALLBACK)_/.test(name),
)

it('has words for every code, each its own', () => {
  const texts = CODES.map(([, code]) => recordText(code, [1, 2, 3], (id) => `disk${id}`))
  expect(CODES.length).toBe(11)
  expect(new Set(texts).size).toBe(CODES.length)
  expect(texts.filter((text) => text.startsWith('unknown'))).toEqual([])
  const failed = [2, callbackNumber('EvtDeviceD0Entry'), STATUS_DEVICE_BUSY]
  expect(recordText(layout.RECORD_CALLBACK_FAILED, failed, String)).toBe(
    'EvtDeviceD0Entry of device 2 failed: STATUS_DEVICE_BUSY',
  )
  expect(recordText(999, [1, 2, 3], String)).toBe('unknown record 999: 1, 2, 3')
})
