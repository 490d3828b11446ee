import { expect, it } from 'vitest'
import { parseSize } from '../../src/cli/parse-size.js'

it.each([
  ['4096', 4096],
  ['1k', 1024],
  ['512M', 2 ** 29],
  ['1G', 2 ** 30],
  ['1.5GiB', 1.5 * 2 ** 30],
  ['2TB', 2 ** 41],
])('%s is %d bytes', (text, bytes) => {
  expect(parseSize('serve', 'size', text)).toBe(bytes)
})

it.each(['', 'G', '1X', '-1G', '0', '1.0001', '1e3', '99999999999T'])('%j is none', (text) => {
  expect(() => parseSize('serve', 'size', text)).toThrow(`--size '${text}'`)
})
