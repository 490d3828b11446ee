import { expect, it, vi } from 'vitest'
import { within } from '../../../src/workers/within.js'

const LONG_MS = 20_000

it('gives what the promise gives, and leaves no timer behind', async () => {
  const cleared = vi.spyOn(globalThis, 'clearTimeout')
  expect(await within(LONG_MS, Promise.resolve(5))).toBe(5)
  expect(cleared).toHaveBeenCalledOnce()
  cleared.mockRestore()
})

it('gives nothing when the promise rejects, and nobody hears of an unhandled rejection', async () => {
  expect(await within(LONG_MS, Promise.reject(new Error('no')))).toBeUndefined()
  let reject: ((error: Error) => void) | undefined
  const late = new Promise<number>((_resolve, fail) => {
    reject = fail
  })
  expect(await within(1, late)).toBeUndefined()
  reject?.(new Error('afterwards'))
  await new Promise((resolve) => setTimeout(resolve, 1))
})

it('gives nothing when the promise takes too long', async () => {
  expect(await within(1, new Promise<number>(() => {}))).toBeUndefined()
})

it.each([Infinity, 2 ** 31])('waits for %d ms, more than a timer holds', async (ms) => {
  const slow = new Promise<number>((resolve) => setTimeout(() => resolve(5), 20))
  expect(await within(ms, slow)).toBe(5)
})
