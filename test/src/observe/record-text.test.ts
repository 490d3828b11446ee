import { expect, it } from 'vitest'
import * as layout from '../../../src/abi/recorder-layout.js'
import { recordText } from '../../../src/observe/record-text.js'

const CODES = Object.entries(layout).filter(([name]) =>
  /^RECORD_(WORKER|CHANNEL|DEVICE|DRIVER|HOST)_/.test(name),
)

it('has words for every code, each its own', () => {
  const texts = CODES.map(([, code]) => recordText(code, [1, 2, 3], (id) => `disk${id}`))
  expect(CODES.length).toBeGreaterThan(8)
  expect(new Set(texts).size).toBe(CODES.length)
  expect(texts.filter((text) => text.startsWith('unknown'))).toEqual([])
  expect(recordText(999, [1, 2, 3], String)).toBe('unknown record 999: 1, 2, 3')
})
