/** Preprocess callbacks: the driver sees a raw request first, and completes it or sends it on. */
import { describe, expect, it } from 'vitest'
import * as major from '../../../src/abi/major-function.js'
import * as nt from '../../../src/abi/ntstatus.js'
import type { EvtDeviceWdmIrpPreprocess } from '../../../src/framework/device-init.js'
import type { Request } from '../../../src/framework/request.js'
import { eventLoopTurn } from '../../harness/event-loop-turn.js'
import { driverUrl } from '../../harness/inline-driver.js'
import { Requester, statuses } from '../../harness/requester.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

interface Bench {
  readonly engine: SteppedEngine
  readonly requester: Requester
  readonly held: Request[]
}

/** A device that preprocesses `code`, with a sequential default queue that holds what it gets. */
async function preprocessing(code: number, callback: EvtDeviceWdmIrpPreprocess): Promise<Bench> {
  const engine = new SteppedEngine()
  const held: Request[] = []
  const driver = driverUrl({
    EvtDriverDeviceAdd(_driver, init) {
      init.assignWdmIrpPreprocessCallback(code, callback)
      init.createDevice().createIoQueue({
        dispatchType: 'sequential',
        defaultQueue: true,
        EvtIoDefault: (_queue, request) => void held.push(request),
      })
    },
  })
  await engine.addDevice(driver)
  return { engine, requester: new Requester(engine), held }
}

it('completes a request before any queue sees it, and others go their way', async () => {
  const { engine, requester, held } = await preprocessing(major.IRP_MJ_READ, (device, request) => {
    expect(device.name).toBe('device0')
    request.completeWithInformation(nt.STATUS_SUCCESS, 7)
  })
  requester.write(2)
  expect(requester.reads(1)).toMatchObject([{ context: 1, information: 7 }])
  expect(held.map((request) => request.majorFunction)).toEqual([major.IRP_MJ_WRITE])
  expect(engine.framework().outstanding).toBe(1)
})

it('takes a major function that the Framework does not know', async () => {
  const { engine, requester } = await preprocessing(
    major.IRP_MJ_FLUSH_BUFFERS,
    (_device, request) => request.complete(nt.STATUS_SUCCESS),
  )
  engine.channel.prepareFlush(requester.file, 4)
  expect(statuses(engine.run())).toEqual([[4, nt.STATUS_SUCCESS]])
})

describe('dispatchPreprocessedIrp', () => {
  it('sends the request on to its queue, behind what waits there', async () => {
    const { engine, requester, held } = await preprocessing(major.IRP_MJ_WRITE, (device, request) =>
      device.dispatchPreprocessedIrp(request),
    )
    requester.read(1)
    requester.write(2)
    requester.read(3)
    engine.run()
    const order: number[] = []
    for (let i = 0; i < 3; i++) {
      const request = held.shift()
      order.push(request?.majorFunction ?? -1)
      expect(held).toEqual([])
      request?.complete(nt.STATUS_SUCCESS)
      engine.settle()
    }
    expect(order).toEqual([major.IRP_MJ_READ, major.IRP_MJ_WRITE, major.IRP_MJ_READ])
    expect(statuses(engine.reap()).map(([context]) => context)).toEqual([1, 2, 3])
    expect(engine.framework().outstanding).toBe(0)
  })

  it('may come later, outside a turn', async () => {
    const { engine, requester, held } = await preprocessing(
      major.IRP_MJ_READ,
      async (device, request) => {
        await eventLoopTurn()
        device.dispatchPreprocessedIrp(request)
      },
    )
    requester.reads(1)
    await eventLoopTurn()
    await eventLoopTurn()
    engine.settle()
    held[0]?.complete(nt.STATUS_SUCCESS)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('is refused for a request that is not the driver’s any more', async () => {
    const { engine, requester } = await preprocessing(major.IRP_MJ_READ, (device, request) => {
      request.complete(nt.STATUS_SUCCESS)
      device.dispatchPreprocessedIrp(request)
    })
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(engine.faults).toMatchObject([{ error: { name: 'WdfViolation' } }])
  })

  it('ends with STATUS_INVALID_DEVICE_REQUEST what no queue takes', async () => {
    const { engine, requester } = await preprocessing(
      major.IRP_MJ_FLUSH_BUFFERS,
      (device, request) => device.dispatchPreprocessedIrp(request),
    )
    engine.channel.prepareFlush(requester.file, 4)
    expect(statuses(engine.run())).toEqual([[4, nt.STATUS_INVALID_DEVICE_REQUEST]])
  })

  it('lets the Framework do what it does with a create', async () => {
    const { engine } = await preprocessing(major.IRP_MJ_CREATE, (device, request) =>
      device.dispatchPreprocessedIrp(request),
    )
    await expect(engine.until(engine.channel.open('device0'))).resolves.toBeDefined()
  })
})

describe('a preprocess callback that throws', () => {
  it('fails its request', async () => {
    const { requester } = await preprocessing(major.IRP_MJ_READ, () => {
      throw new Error('no')
    })
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_DRIVER_INTERNAL_ERROR]])
  })

  it('after sending the request on: it ends once, and the queue is whole', async () => {
    const { engine, requester, held } = await preprocessing(
      major.IRP_MJ_WRITE,
      (device, request) => {
        device.dispatchPreprocessedIrp(request)
        throw new Error('no')
      },
    )
    requester.read(1)
    requester.write(2)
    engine.run()
    held.shift()?.complete(nt.STATUS_SUCCESS)
    engine.settle()
    held.shift()?.complete(nt.STATUS_SUCCESS)
    engine.settle()
    engine.reap()
    expect(engine.framework().outstanding).toBe(0)
    expect(engine.channel.ledger()).toMatchObject({ completed: 2, duplicates: 0, inFlight: 0 })
  })
})
