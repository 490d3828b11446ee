/** 2.2: what becomes of each major function code, and the life of a handle. */
import { expect, it } from 'vitest'
import * as major from '../../src/abi/major-function.js'
import * as nt from '../../src/abi/ntstatus.js'
import type { Request } from '../../src/framework/request.js'
import { driverUrl } from '../harness/inline-driver.js'
import { statuses } from '../harness/requester.js'
import { SteppedEngine } from '../harness/stepped-engine.js'
import { singleQueue } from './single-queue.js'
import { named } from './named.js'

const { MAJOR_FUNCTION_COUNT, ...CODES } = major
const TO_QUEUES = ['IRP_MJ_READ', 'IRP_MJ_WRITE', 'IRP_MJ_DEVICE_CONTROL']
const FILES = ['IRP_MJ_CREATE', 'IRP_MJ_CLEANUP', 'IRP_MJ_CLOSE']
const OTHERS = Object.entries(CODES)
  .map(([name, code]) => ({ name, code }))
  .filter(({ name }) => ![...TO_QUEUES, 'IRP_MJ_INTERNAL_DEVICE_CONTROL', ...FILES].includes(name))

it('2.2 the table has 28 rows, from CREATE (0) to PNP (0x1B)', () => {
  expect(MAJOR_FUNCTION_COUNT).toBe(28)
  expect(Object.values(CODES)).toEqual(Array.from({ length: 28 }, (_, code) => code))
})

it.each(named(OTHERS, '2.2 $name has no queue: INVALID_DEVICE_REQUEST, Information 0'))(
  '%s',
  async (_name, row) => {
    const { requester, engine, held } = await singleQueue()
    requester.bare(1, row.code)
    expect(engine.run()).toMatchObject([
      { context: 1, status: nt.STATUS_INVALID_DEVICE_REQUEST, information: 0 },
    ])
    expect(held).toEqual([])
  },
)

it('2.2 a handle lives from CREATE over its I/O and CLEANUP to CLOSE', async () => {
  const engine = new SteppedEngine()
  const trace: string[] = []
  const driver = driverUrl({
    EvtDriverDeviceAdd(_driver, init) {
      init.setFileObjectConfig({
        EvtDeviceFileCreate(_device, request) {
          trace.push('create')
          request.complete(nt.STATUS_SUCCESS)
        },
        EvtFileCleanup: () => void trace.push('cleanup'),
        EvtFileClose: () => void trace.push('close'),
      })
      init.createDevice().createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoDefault(_queue, request) {
          trace.push(`major ${request.majorFunction}`)
          request.complete(nt.STATUS_SUCCESS)
        },
      })
    },
  })
  await engine.addDevice(driver)
  const file = await engine.until(engine.channel.open('device0'))
  await engine.until(file.read(new Uint8Array(4)))
  await engine.until(file.write(new Uint8Array(4)))
  await engine.until(file.ioctl(0x222000, null, null))
  await engine.until(file.close())
  expect(trace).toEqual(['create', 'major 3', 'major 4', 'major 14', 'cleanup', 'close'])
})

it('2.2 CLEANUP cancels the requests of its file, and of no other', async () => {
  const { engine, queue } = await singleQueue({ dispatchType: 'manual' })
  const closing = await engine.until(engine.channel.open('device0'))
  const staying = await engine.until(engine.channel.open('device0'))
  const cancelled = closing.read(new Uint8Array(4)).catch((error: unknown) => error)
  const kept = staying.read(new Uint8Array(4))
  await engine.until(closing.close())
  expect(await cancelled).toMatchObject({ ntstatus: nt.STATUS_CANCELLED })
  expect(queue.getState().queueRequests).toBe(1)
  queue.retrieveNextRequest()?.complete(nt.STATUS_SUCCESS)
  expect((await engine.until(kept)).status).toBe(nt.STATUS_SUCCESS)
})

it('2.2 CLOSE comes after the last request of its file has ended', async () => {
  const engine = new SteppedEngine()
  const trace: string[] = []
  const held: Request[] = []
  const driver = driverUrl({
    EvtDriverDeviceAdd(_driver, init) {
      init.setFileObjectConfig({
        EvtFileCleanup: () => void trace.push('cleanup'),
        EvtFileClose: () => void trace.push('close'),
      })
      init.createDevice().createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoDefault: (_queue, request) => void held.push(request),
      })
    },
  })
  await engine.addDevice(driver)
  const file = await engine.until(engine.channel.open('device0'))
  const read = file.read(new Uint8Array(4))
  engine.settle()
  const closed = file.close()
  for (let turns = 0; turns < 5; turns++) {
    engine.settle()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(trace).toEqual(['cleanup'])
  trace.push('complete')
  held[0]?.complete(nt.STATUS_SUCCESS)
  await engine.until(closed)
  await read
  expect(trace).toEqual(['cleanup', 'complete', 'close'])
})

it('2.2 CREATE without a callback succeeds with FILE_OPENED', async () => {
  const { requester, engine } = await singleQueue()
  requester.bare(1, major.IRP_MJ_CREATE)
  expect(engine.run()).toMatchObject([{ status: nt.STATUS_SUCCESS, information: 1 }])
})

it('2.2 INTERNAL_DEVICE_CONTROL goes to its own handler', async () => {
  const codes: number[] = []
  const { requester, engine } = await singleQueue({
    EvtIoInternalDeviceControl(_queue, request, _outputLength, _inputLength, code) {
      codes.push(code)
      request.complete(nt.STATUS_SUCCESS)
    },
  })
  requester.internalIoctl(1, 0x220003)
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
  expect(codes).toEqual([0x220003])
})
