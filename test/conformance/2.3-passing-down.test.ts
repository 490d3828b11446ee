/**
 * Sections 2.1 and 2.3: how a request goes down a device stack, or does not. Stepped.
 */
import { describe, expect, it } from 'vitest'
import * as major from '../../src/abi/major-function.js'
import * as nt from '../../src/abi/ntstatus.js'
import type { FileObject } from '../../src/framework/file-object.js'
import type { Request } from '../../src/framework/request.js'
import {
  completing,
  forgetting,
  holding,
  type Level,
  mustSend,
  relay,
  relaying,
  type Stack,
  stackOf,
} from '../harness/device-stack.js'
import { eventLoopTurn } from '../harness/event-loop-turn.js'
import { statuses } from '../harness/requester.js'

const filter = { role: 'filter' } as const
const bus = { role: 'bus' } as const

describe('2.3 the five needs', () => {
  it('2.3 pass on and forget: the lower driver uses our place, and completes for the host', async () => {
    const { requester } = await stackOf([forgetting(filter), forgetting(), completing(bus)])
    expect(requester.reads(1)).toMatchObject([{ status: 0, information: 16 }])
  })

  it('2.3 pass on, look at the result: the routine sees it, and what it completes with counts', async () => {
    const { requester } = await stackOf([
      {
        queue: {
          EvtIoDefault(queue, request) {
            request.formatRequestUsingCurrentType()
            request.setCompletionRoutine((back, _target, { status, information }) => {
              expect([status, information]).toEqual([nt.STATUS_END_OF_FILE, 0])
              back.completeWithInformation(nt.STATUS_SUCCESS, 1)
            })
            mustSend(request, queue.device.ioTarget)
          },
        },
      },
      {
        ...bus,
        queue: { EvtIoDefault: (_queue, request) => request.complete(nt.STATUS_END_OF_FILE) },
      },
    ])
    expect(requester.reads(1)).toMatchObject([{ status: 0, information: 1 }])
  })

  it('2.3 pass on and wait: the handler goes on when the level below has ended it', async () => {
    const below: Request[] = []
    const { engine, requester } = await stackOf([
      {
        queue: {
          async EvtIoDefault(queue, request) {
            request.formatRequestUsingCurrentType()
            await request.sendSynchronously(queue.device.ioTarget)
            request.complete(request.getStatus())
          },
        },
      },
      holding(below, bus),
    ])
    expect(requester.reads(1)).toEqual([])
    below[0]?.complete(nt.STATUS_NO_SUCH_DEVICE)
    await eventLoopTurn()
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_NO_SUCH_DEVICE]])
  })

  it('2.3 finish now: no level below sees it', async () => {
    const below: Request[] = []
    const { requester } = await stackOf([completing(), holding(below, bus)])
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(below).toEqual([])
  })

  it('2.3 finish later: it is nobody else’s meanwhile', async () => {
    const held: Request[] = []
    const { engine, requester } = await stackOf([holding(held), completing(bus)])
    expect(requester.reads(1)).toEqual([])
    expect(engine.framework().outstanding).toBe(1)
    held[0]?.complete(nt.STATUS_SUCCESS)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('2.3 skip and a completion routine exclude each other', async () => {
    const answers: unknown[] = []
    const { requester } = await stackOf([
      {
        queue: {
          EvtIoDefault(queue, request) {
            request.setCompletionRoutine(() => {})
            answers.push(request.send(queue.device.ioTarget, { sendAndForget: true }))
            request.complete(request.getStatus())
          },
        },
      },
      completing(bus),
    ])
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_INVALID_DEVICE_REQUEST]])
    expect(answers).toEqual([false])
  })

  it('2.1 a level touches its own parameters and those of the next one only', async () => {
    const lengths: number[] = []
    const shrinking = (level: Level, length: number): Level => ({
      ...level,
      queue: {
        EvtIoRead(queue, request) {
          const { ioTarget } = queue.device
          ioTarget.formatRequestForRead(request, new Uint8Array(length))
          request.setCompletionRoutine((back) => {
            lengths.push(back.length)
            back.complete(nt.STATUS_SUCCESS)
          })
          mustSend(request, ioTarget)
        },
      },
    })
    const { requester } = await stackOf([
      shrinking(filter, 8),
      shrinking({}, 4),
      {
        ...bus,
        queue: {
          EvtIoRead(_queue, request, length) {
            lengths.push(length)
            request.complete(nt.STATUS_SUCCESS)
          },
        },
      },
    ])
    requester.reads(1)
    expect(lengths).toEqual([4, 8, 16])
  })

  it('2.1 a stack has as many levels as it needs, up to 32', async () => {
    const levels = Array.from({ length: 30 }, () => relaying(() => {}, filter))
    const { requester } = await stackOf([...levels, relaying(), completing(bus)])
    expect(requester.reads(1, 2)).toMatchObject([
      { context: 1, status: 0, information: 16 },
      { context: 2, status: 0, information: 16 },
    ])
  })
})

describe('2.3 who passes on what nobody handles', () => {
  const all = ['read', 'write', 'ioctl', 'internalIoctl'] as const

  it.each(all)('2.3 a filter without a queue passes a %s down', async (kind) => {
    const below: Request[] = []
    const { requester, engine } = await stackOf([filter, holding(below, bus)])
    requester[kind](1)
    engine.run()
    expect(below[0]?.ioQueue?.device.name).toBe('device0/1')
  })

  it.each(all)('2.3 a function level without a queue refuses a %s', async (kind) => {
    const below: Request[] = []
    const { requester, engine } = await stackOf([{}, holding(below, bus)])
    requester[kind](1)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_INVALID_DEVICE_REQUEST]])
    expect(below).toEqual([])
  })

  it('2.3 a filter’s queue gets what it has a handler for; the rest goes down', async () => {
    const below: number[] = []
    const { requester, engine } = await stackOf([
      {
        ...filter,
        queue: { EvtIoRead: (_queue, request) => request.complete(nt.STATUS_END_OF_FILE) },
      },
      {
        ...bus,
        queue: {
          EvtIoDefault(_queue, request) {
            below.push(request.majorFunction)
            request.complete(nt.STATUS_SUCCESS)
          },
        },
      },
    ])
    requester.read(1)
    requester.write(2)
    expect(statuses(engine.run())).toEqual([
      [1, nt.STATUS_END_OF_FILE],
      [2, nt.STATUS_SUCCESS],
    ])
    expect(below).toEqual([major.IRP_MJ_WRITE])
  })

  it('2.3 setFilter makes a filter of a function level', async () => {
    const { requester, devices } = await stackOf([
      { init: (init) => init.setFilter() },
      completing(bus),
    ])
    expect([devices[0]?.isFilter, devices[0]?.role]).toEqual([true, 'filter'])
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('2.3 a major function that no level handles ends at the bottom: STATUS_INVALID_DEVICE_REQUEST', async () => {
    const { requester, engine } = await stackOf([filter, filter, completing(bus)])
    engine.channel.prepareFlush(requester.file, 1)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_INVALID_DEVICE_REQUEST]])
  })

  it('2.3 a lower level’s preprocess callback sees what filters pass down', async () => {
    const seen: string[] = []
    const { requester, engine } = await stackOf([
      filter,
      {
        ...bus,
        init: (init) =>
          init.assignWdmIrpPreprocessCallback(major.IRP_MJ_FLUSH_BUFFERS, (device, request) => {
            seen.push(device.name)
            request.complete(nt.STATUS_SUCCESS)
          }),
      },
    ])
    engine.channel.prepareFlush(requester.file, 1)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(seen).toEqual(['device0/1'])
  })

  it('2.3 the bottom of a stack has nobody below: STATUS_INVALID_DEVICE_REQUEST', async () => {
    const statusesBelow: number[] = []
    const { requester } = await stackOf([relaying(({ status }) => void statusesBelow.push(status))])
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_INVALID_DEVICE_REQUEST]])
    expect(statusesBelow).toEqual([nt.STATUS_INVALID_DEVICE_REQUEST])
    const forgotten = await stackOf([forgetting()])
    expect(statuses(forgotten.requester.reads(1))).toEqual([[1, nt.STATUS_INVALID_DEVICE_REQUEST]])
  })
})

/** A level that writes down what it hears of files. */
function listening(name: string, trace: string[], level: Level, answer?: number): Level {
  return {
    ...level,
    init(init) {
      init.setFileObjectConfig({
        ...(answer === undefined
          ? {}
          : {
              EvtDeviceFileCreate(_device, request) {
                trace.push(`${name} create`)
                request.complete(answer)
              },
            }),
        EvtFileCleanup: () => void trace.push(`${name} cleanup`),
        EvtFileClose: () => void trace.push(`${name} close`),
      })
    },
  }
}

function file({ engine, requester }: Stack, code: number): number {
  engine.channel.prepareBare(code, requester.file, 1)
  return engine.run()[0]?.status ?? Number.NaN
}

describe('2.2 a file through the stack', () => {
  it('2.2 create, cleanup and close go through filters, and a function level ends them', async () => {
    const trace: string[] = []
    const stack = await stackOf([
      listening('filter', trace, filter),
      listening('function', trace, {}, nt.STATUS_SUCCESS),
      listening('bus', trace, bus, nt.STATUS_SUCCESS),
    ])
    const codes = [major.IRP_MJ_CREATE, major.IRP_MJ_CLEANUP, major.IRP_MJ_CLOSE]
    expect(codes.map((code) => file(stack, code))).toEqual([0, 0, 0])
    expect(trace).toEqual([
      'function create',
      'filter cleanup',
      'function cleanup',
      'filter close',
      'function close',
    ])
    expect(stack.engine.framework().files.size).toBe(0)
  })

  it('2.2 autoForwardCleanupClose takes them from a function level to the bottom', async () => {
    const trace: string[] = []
    const stack = await stackOf([
      {
        init: (init) => init.setFileObjectConfig({ autoForwardCleanupClose: true }),
      },
      listening('bus', trace, bus, nt.STATUS_SUCCESS),
    ])
    const codes = [major.IRP_MJ_CREATE, major.IRP_MJ_CLEANUP, major.IRP_MJ_CLOSE]
    expect(codes.map((code) => file(stack, code))).toEqual([0, 0, 0])
    expect(trace).toEqual(['bus create', 'bus cleanup', 'bus close'])
  })

  it('2.2 a filter that says false to autoForwardCleanupClose keeps them', async () => {
    const trace: string[] = []
    const stack = await stackOf([
      {
        ...filter,
        init: (init) => init.setFileObjectConfig({ autoForwardCleanupClose: false }),
      },
      listening('bus', trace, bus, nt.STATUS_SUCCESS),
    ])
    const codes = [major.IRP_MJ_CREATE, major.IRP_MJ_CLEANUP, major.IRP_MJ_CLOSE]
    expect(codes.map((code) => file(stack, code))).toEqual([0, 0, 0])
    expect(trace).toEqual([])
  })

  it('2.2 an open that a lower level refuses fails with its status', async () => {
    const stack = await stackOf([filter, listening('bus', [], bus, nt.STATUS_ACCESS_DENIED)])
    expect(file(stack, major.IRP_MJ_CREATE)).toBe(nt.STATUS_ACCESS_DENIED)
  })

  it('2.2 a filter that takes the create can send it down and look', async () => {
    const seen: number[] = []
    const stack = await stackOf([
      {
        ...filter,
        init: (init) =>
          init.setFileObjectConfig({
            EvtDeviceFileCreate: (device, request) =>
              relay(request, device.ioTarget, ({ status }) => void seen.push(status)),
          }),
      },
      listening('bus', [], bus, nt.STATUS_SUCCESS),
    ])
    expect(file(stack, major.IRP_MJ_CREATE)).toBe(nt.STATUS_SUCCESS)
    expect(seen).toEqual([nt.STATUS_SUCCESS])
  })

  it('2.2 each level has a file object of its own for a handle', async () => {
    const files: FileObject[] = []
    const noting = (level: Level): Level => ({
      ...level,
      queue: {
        EvtIoDefault(queue, request) {
          files.push(request.fileObject)
          if (queue.device.lower === null) request.complete(nt.STATUS_SUCCESS)
          else request.send(queue.device.ioTarget, { sendAndForget: true })
        },
      },
    })
    const { requester, devices } = await stackOf([noting(filter), noting({}), noting(bus)])
    requester.reads(1)
    requester.reads(2)
    expect(files.slice(0, 3).map((one) => one.device.name)).toEqual(
      devices.map((device) => device.name),
    )
    expect(files.slice(3).map((one, i) => one === files[i])).toEqual([true, true, true])
  })

  it.each(['EvtFileCleanup', 'EvtFileClose'] as const)(
    '2.2 a throwing %s does not keep it from the levels below',
    async (name) => {
      const trace: string[] = []
      const stack = await stackOf([
        {
          ...filter,
          init: (init) =>
            init.setFileObjectConfig({
              [name]: () => {
                throw new Error('broken filter')
              },
            }),
        },
        listening('bus', trace, bus, nt.STATUS_SUCCESS),
      ])
      for (const code of [major.IRP_MJ_CREATE, major.IRP_MJ_CLEANUP, major.IRP_MJ_CLOSE]) {
        file(stack, code)
      }
      expect(trace).toEqual(['bus create', 'bus cleanup', 'bus close'])
      expect(stack.engine.faults).toMatchObject([
        { device: 'device0', error: { message: 'broken filter' } },
      ])
      expect(stack.engine.framework().files.size).toBe(0)
    },
  )
})
