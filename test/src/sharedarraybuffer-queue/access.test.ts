import { expect, it } from 'vitest'
import * as access from '../../../src/sharedarraybuffer-queue/access.js'

const words = () => new Int32Array(new SharedArrayBuffer(64))

it('does what Atomics does, with the value before as the answer', () => {
  const memory = words()
  access.store(memory, 3, 5)
  expect(access.load(memory, 3)).toBe(5)
  expect(access.add(memory, 3, 4)).toBe(5)
  expect(access.exchange(memory, 3, 1)).toBe(9)
  expect(access.compareExchange(memory, 3, 7, 2)).toBe(1)
  expect(access.compareExchange(memory, 3, 1, 2)).toBe(1)
  expect(access.load(memory, 3)).toBe(2)
  access.write(memory, 4, -1)
  expect(access.read(memory, 4)).toBe(-1)
})

it('wraps an add at 32 bits', () => {
  const memory = words()
  access.store(memory, 0, 2 ** 31 - 1)
  expect(access.add(memory, 0, 1)).toBe(2 ** 31 - 1)
  expect(access.load(memory, 0)).toBe(-(2 ** 31))
})

it('tells a wait that timed out from one that had nothing to wait for', () => {
  const memory = words()
  expect(access.wait(memory, 0, 0, 1)).toBe(false)
  expect(access.wait(memory, 0, 7, 1000)).toBe(true)
})

it('calls back at once when the word has moved already', () => {
  const memory = words()
  let woken = 0
  access.waitOnEventLoop(memory, 0, 1, () => woken++)
  expect(woken).toBe(1)
})

it('calls back from the event loop, for every waiter of the word', async () => {
  const memory = words()
  let woken = 0
  const keepAlive = setTimeout(() => {}, 10_000)
  await new Promise<void>((resolve) => {
    const wake = (): void => {
      woken++
      if (woken === 2) resolve()
    }
    access.waitOnEventLoop(memory, 0, 0, wake)
    access.waitOnEventLoop(memory, 0, 0, wake)
    expect(woken).toBe(0)
    access.notify(memory, 0)
    expect(woken).toBe(0)
  })
  clearTimeout(keepAlive)
  expect(woken).toBe(2)
})

it('has a pause that can be called on every version of Node', () => {
  expect(access.pause()).toBeUndefined()
})
