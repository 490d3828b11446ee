import { expect, it } from 'vitest'
import { formatViolation } from '../../../src/observe/violation-text.js'

it('says what, where, what happened before, and what to do', () => {
  const text = formatViolation({
    rule: 'DoubleCompletion',
    explanation: 'A request is completed once.',
    message: 'it was completed twice',
    advice: 'complete it in one place',
    driver: 'file:///driver.js',
    device: 'disk',
    worker: 1,
    callback: 'EvtIoRead',
    site: '/driver.js:12:3',
    request: { channel: 1, slot: 7, majorFunction: 3, isDriverCreated: false },
    history: [
      { what: 'EvtIoRead', site: '', afterMs: 0 },
      { what: 'complete(STATUS_SUCCESS)', site: '/driver.js:11:3', afterMs: 0.25 },
    ],
  })
  expect(text.split('\n')).toEqual([
    'DoubleCompletion: it was completed twice',
    '  rule     A request is completed once.',
    '  device   "disk" on worker 1, in EvtIoRead',
    '  driver   file:///driver.js',
    '  at       /driver.js:12:3',
    '  request  request of major 3, slot 7 of channel 1',
    '         0.000 ms  EvtIoRead',
    '         0.250 ms  complete(STATUS_SUCCESS)  at /driver.js:11:3',
    '  to do    complete it in one place',
  ])
})
