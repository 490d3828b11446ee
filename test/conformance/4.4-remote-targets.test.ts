/**
 * Section 4.4: remote targets on the same worker (others: test/thread/remote-targets). Stepped.
 */
import { describe, expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { Device } from '../../src/framework/device.js'
import type { Request } from '../../src/framework/request.js'
import { relay } from '../harness/device-stack.js'
import { driverUrl, queueDriver } from '../harness/inline-driver.js'
import { Requester, statuses } from '../harness/requester.js'
import { SteppedEngine } from '../harness/stepped-engine.js'

const noRoutine = (): void => {}

async function remote(lower: (queue: unknown, request: Request) => void) {
  const engine = new SteppedEngine()
  await engine.addDevice(
    queueDriver({
      dispatchType: 'parallel',
      defaultQueue: true,
      EvtIoDefault: lower,
    }),
    { id: 1, name: 'far' },
  )
  const state: { target?: ReturnType<Device['createIoTarget']> } = {}
  await engine.addDevice(
    driverUrl({
      async EvtDriverDeviceAdd(_driver, init) {
        const device = init.createDevice()
        const target = (state.target = device.createIoTarget())
        expect(target.state).toBe('closed')
        expect(await target.open('far')).toBe(nt.STATUS_SUCCESS)
        device.createIoQueue({
          dispatchType: 'parallel',
          defaultQueue: true,
          EvtIoDefault: (_queue, request) => relay(request, target),
        })
      },
    }),
    { id: 0, name: 'near' },
  )
  const { target } = state
  if (target === undefined) throw new Error('the driver made no target')
  return { engine, requester: new Requester(engine, 'near'), target }
}

describe('4.4 remote targets on the same worker', () => {
  it('4.4 opened by name it is started, and sends there', async () => {
    const { requester, target } = await remote((_queue, request) =>
      request.completeWithInformation(nt.STATUS_SUCCESS, 2),
    )
    expect([target.state, target.deviceName]).toEqual(['started', 'far'])
    expect(requester.reads(1)).toMatchObject([{ status: 0, information: 2 }])
  })

  it('4.4 opened twice: STATUS_INVALID_DEVICE_STATE', async () => {
    const { target } = await remote(noRoutine)
    expect(await target.open('far')).toBe(nt.STATUS_INVALID_DEVICE_STATE)
  })

  it('4.4 closed it refuses, opened again it sends', async () => {
    const { requester, target } = await remote((_queue, request) =>
      request.complete(nt.STATUS_SUCCESS),
    )
    await target.close()
    expect(target.state).toBe('closed')
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_INVALID_DEVICE_STATE]])
    expect(await target.open('far')).toBe(nt.STATUS_SUCCESS)
    expect(statuses(requester.reads(2))).toEqual([[2, nt.STATUS_SUCCESS]])
  })

  it('4.4 a device that has gone answers STATUS_NO_SUCH_DEVICE', async () => {
    const { engine, requester } = await remote(noRoutine)
    await engine.framework().stopDevice(1)
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_NO_SUCH_DEVICE]])
  })

  it('4.4 goes with its device: what it kept and what it sent ends', async () => {
    const far: Request[] = []
    const { engine, requester, target } = await remote((_queue, request) => void far.push(request))
    requester.reads(1)
    await target.stop('leaveSentIoPending')
    requester.reads(2)
    await engine.framework().stopDevice(0)
    expect(target.state).toBe('deleted')
    expect(engine.run()).toHaveLength(2)
    expect(far[0]?.isCanceled()).toBe(true)
    far[0]?.complete(nt.STATUS_SUCCESS)
    expect(engine.run()).toEqual([])
  })
})
