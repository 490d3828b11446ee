import { expect, it } from 'vitest'
import { captureSite, siteText } from '../../../src/framework/object-site.js'

it('is the innermost frame outside the Framework', () => {
  const site = captureSite()
  expect(siteText(site)).toMatch(/object-site\.test\.ts:\d+:\d+$/)
  const own = new URL('../../../src/framework/timer.ts', import.meta.url)
  const stack = [
    'Error',
    `    at new Timer (${own.href}:3:4)`,
    `    at Object.start (${own.pathname}:3:4)`,
    '    at start (file:///home/driver.js:12:7)',
    '    at file:///home/other.js:1:2',
  ]
  expect(siteText({ stack: stack.join('\n') })).toBe('file:///home/driver.js:12:7')
  stack.splice(3, 1)
  expect(siteText({ stack: stack.join('\n') })).toBe('file:///home/other.js:1:2')
})

it('is unknown without such a frame, and leaves the stack limit as it was', () => {
  const { stackTraceLimit } = Error
  captureSite()
  expect(Error.stackTraceLimit).toBe(stackTraceLimit)
  expect(siteText({})).toBe('unknown')
  expect(siteText({ stack: 'Error\n    at processTicks (node:internal/task:1:2)' })).toBe('unknown')
})
