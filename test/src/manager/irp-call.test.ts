import { expect, it } from 'vitest'
import type { DeviceRoute } from '../../../src/manager/device-directory.js'
import { ChannelFile } from '../../../src/manager/channel-file.js'
import { IrpCall, NO_BLOCK } from '../../../src/manager/irp-call.js'

const route = { id: 1, name: 'disk', workers: new Int8Array(28) } as DeviceRoute
const newCall = (code?: number) => new IrpCall(new ChannelFile(1, 2, route), 'read', code)

it('settles its own promise, also when others were made meanwhile', async () => {
  const [first, second] = [newCall(), newCall()]
  second.reject(new Error('second'))
  first.resolve({ status: 0, information: 5 })
  expect(await first.promise).toEqual({ status: 0, information: 5 })
  await expect(second.promise).rejects.toThrow('second')
})

it('has a title for messages', () => {
  expect(newCall().title).toBe('read')
  expect(newCall(-1).title).toBe('read 0xffffffff')
})

it('starts without a block, a copy, a watch, and rejects failures', () => {
  expect(newCall()).toMatchObject({
    operation: 'read',
    block: NO_BLOCK,
    copyOut: undefined,
    watch: undefined,
    rejectOnFailure: true,
  })
})

it('stops its timer and its listener when it is disarmed', () => {
  const call = newCall()
  call.disarm()
  const controller = new AbortController()
  let called = 0
  const onAbort = (): void => void called++
  const timer = setTimeout(onAbort, 0)
  controller.signal.addEventListener('abort', onAbort)
  call.watch = { timer, signal: controller.signal, onAbort, timedOut: false }
  call.disarm()
  controller.abort()
  return new Promise<void>((resolve) => {
    setTimeout(() => {
      expect(called).toBe(0)
      resolve()
    }, 5)
  })
})
