/**
 * Cases: completing, keeping, cancelling and touching requests. Runs on: the test's own thread.
 */
import { STATUS_CANCELLED, STATUS_SUCCESS } from '../../src/abi/ntstatus.js'
import type { Device } from '../../src/framework/device.js'
import type { IoQueueConfig } from '../../src/framework/io-queue-config.js'
import type { Request } from '../../src/framework/request.js'
import type { CaseDriver, VerifierBench } from './bench.js'
import { rule, type VerifierCase } from './case.js'

const nothing = (): void => {}

/** A parallel default queue with these handlers; reads are completed unless they say otherwise. */
export function defaultQueue(device: Device, config: Partial<IoQueueConfig>): void {
  device.createIoQueue({
    dispatchType: 'parallel',
    defaultQueue: true,
    EvtIoDefault: (_queue, request) => request.complete(STATUS_SUCCESS),
    ...config,
  })
}

/** A driver whose default queue handles reads that way. */
export function reads(
  EvtIoRead: (request: Request, device: Device) => void | Promise<void>,
  drive?: CaseDriver['drive'],
): CaseDriver {
  return {
    build: (device) =>
      defaultQueue(device, { EvtIoRead: (_queue, request) => EvtIoRead(request, device) }),
    ...(drive === undefined ? {} : { drive }),
  }
}

/** As reads, of a queue that is not the default one. */
function readsOfAnother(EvtIoRead: (request: Request) => void): CaseDriver {
  return {
    build(device) {
      const queue = device.createIoQueue({
        dispatchType: 'parallel',
        EvtIoRead: (_queue, request) => EvtIoRead(request),
      })
      device.configureRequestDispatching(queue, 'read')
    },
  }
}

/** Arms the request, and then does something with it. */
function armed(act: (request: Request) => void): CaseDriver {
  return reads((request) => {
    request.markCancelable((canceled: Request) => canceled.complete(STATUS_CANCELLED))
    act(request)
  })
}

/** An error that the production checks throw as well is not what this is about. */
export function attempt(action: () => unknown): void {
  try {
    action()
  } catch {
    // Told by the verifier.
  }
}

function unmarkAndComplete(request: Request): void {
  if (request.unmarkCancelable() === STATUS_SUCCESS) request.complete(STATUS_SUCCESS)
}

/** Keeps its read cancelable, and at the second read does something about the first. */
function second(act: (first: Request) => void): CaseDriver {
  let first: Request | undefined
  return reads(
    (request) => {
      if (first !== undefined) {
        request.complete(STATUS_SUCCESS)
        act(first)
        return
      }
      first = request
      request.markCancelable((canceled: Request) => canceled.complete(STATUS_CANCELLED))
    },
    (bench) => {
      const handle = bench.read()
      bench.engine.channel.cancel(handle)
      bench.engine.channel.submit()
      bench.engine.settle()
      bench.read()
    },
  )
}

async function twoReads(bench: VerifierBench): Promise<void> {
  bench.read(0)
  await bench.turns()
  bench.read(1)
}

export const COMPLETING: readonly VerifierCase[] = [
  rule('DoubleCompletion', (isBad) =>
    readsOfAnother((request) => {
      request.complete(STATUS_SUCCESS)
      if (isBad) attempt(() => request.complete(STATUS_SUCCESS))
    }),
  ),
  rule('DoubleCompletionLocal', (isBad) =>
    reads((request) => {
      request.complete(STATUS_SUCCESS)
      if (isBad) attempt(() => request.complete(STATUS_SUCCESS))
    }),
  ),
  rule('RequestCompleted', (isBad) =>
    readsOfAnother((request) => {
      if (!isBad) request.complete(STATUS_SUCCESS)
    }),
  ),
  rule('RequestCompletedLocal', (isBad) =>
    reads((request) => {
      if (!isBad) request.complete(STATUS_SUCCESS)
    }),
  ),
  rule('DeferredRequestCompleted', (isBad) => {
    const kept: Request[] = []
    return {
      init: (init) =>
        init.setPnpPowerEventCallbacks({
          EvtDeviceSelfManagedIoFlush: () => {
            if (!isBad) for (const request of kept.splice(0)) request.complete(STATUS_SUCCESS)
          },
        }),
      build: (device) => {
        device.context['kept'] = kept
        defaultQueue(device, {
          EvtIoRead: (_queue, request) => void kept.push(request),
          EvtIoStop: (_queue, request) => {
            if (isBad) request.stopAcknowledge(false)
            else kept.splice(kept.indexOf(request), 1)[0]?.complete(STATUS_SUCCESS)
          },
          EvtIoResume: nothing,
        })
      },
    }
  }),
  rule('CompleteCanceledReq', (isBad) =>
    second((first) => {
      const status = first.unmarkCancelable()
      if (isBad || status === STATUS_SUCCESS) attempt(() => first.complete(STATUS_SUCCESS))
    }),
  ),
  rule('ReqNotCanceledLocal', (isBad) =>
    armed((request) => {
      if (isBad) attempt(() => request.complete(STATUS_SUCCESS))
      unmarkAndComplete(request)
    }),
  ),
  rule('MarkCancOnCancReqLocal', (isBad) =>
    armed((request) => {
      if (isBad) request.markCancelableEx(nothing)
      unmarkAndComplete(request)
    }),
  ),
  rule('ReqIsCancOnCancReq', (isBad) =>
    armed((request) => {
      if (isBad) attempt(() => request.isCanceled())
      if (request.unmarkCancelable() !== STATUS_SUCCESS) return
      request.complete(request.isCanceled() ? STATUS_CANCELLED : STATUS_SUCCESS)
    }),
  ),
  rule('ReqMarkCancelableSend', (isBad) =>
    armed((request) => {
      const { ioQueue } = request
      if (isBad) {
        attempt(() => request.send(ioQueue?.device.ioTarget as never, { sendAndForget: true }))
        unmarkAndComplete(request)
      } else if (request.unmarkCancelable() === STATUS_SUCCESS) {
        request.send(ioQueue?.device.ioTarget as never, { sendAndForget: true })
      }
    }),
  ),
  rule('InvalidReqAccess', (isBad) =>
    reads((request) => {
      const { length } = request
      request.completeWithInformation(STATUS_SUCCESS, isBad ? 0 : length)
      if (isBad && request.length < 0) request.complete(STATUS_SUCCESS)
    }),
  ),
  rule('InvalidReqAccessLocal', (isBad) =>
    reads((request, device) => {
      const own = device.createRequest()
      own.context['reason'] = 'read'
      own.delete()
      if (isBad) attempt(() => own.context['reason'])
      request.complete(STATUS_SUCCESS)
    }),
  ),
  rule('ReqDelete', (isBad) =>
    reads((request, device) => {
      const own = device.createRequest()
      if (isBad) attempt(() => own.complete(STATUS_SUCCESS))
      own.delete()
      request.complete(STATUS_SUCCESS)
    }),
  ),
  ...bufferCases(),
  rule('MemReferencedAtCompletion', (isBad) =>
    reads((request) => {
      const { object } = request.retrieveOutputMemory()
      object.reference('mine')
      if (!isBad) object.dereference('mine')
      request.complete(STATUS_SUCCESS)
      if (isBad) object.dereference('mine')
    }),
  ),
  rule('InputBufferAPI', (isBad) =>
    reads((request) => {
      if (isBad) attempt(() => request.retrieveInputBuffer())
      request.retrieveOutputBuffer().fill(1)
      request.completeWithInformation(STATUS_SUCCESS, request.length)
    }),
  ),
  rule('OutputBufferAPI', (isBad) => ({
    build: (device) =>
      defaultQueue(device, {
        EvtIoWrite(_queue, request, length) {
          if (isBad) attempt(() => request.retrieveOutputBuffer())
          request.retrieveInputBuffer()
          request.completeWithInformation(STATUS_SUCCESS, length)
        },
      }),
    drive: (bench) => void bench.write(),
  })),
  rule('FileObjectConfigured', (isBad) => ({
    init: (init) => {
      if (!isBad) init.setFileObjectConfig({})
    },
    build: (device) =>
      defaultQueue(device, {
        EvtIoRead(_queue, request) {
          request.fileObject.context['reads'] = 1
          request.complete(STATUS_SUCCESS)
        },
      }),
    drive: twoReads,
  })),
]

/** The buffer of each kind of request, retrieved and written too late. */
function bufferCases(): VerifierCase[] {
  const kinds = [
    ['Read', 'Output', (bench: VerifierBench) => bench.read()],
    ['Write', 'Input', (bench: VerifierBench) => bench.write()],
    ['Ioctl', 'Output', (bench: VerifierBench) => bench.ioctl()],
    ['IntIoctl', 'Output', (bench: VerifierBench) => bench.internalIoctl()],
  ] as const
  return kinds.flatMap(([kind, direction, send]) => {
    const retrieve = `retrieve${direction}Buffer` as const
    const retrieveMemory = `retrieve${direction}Memory` as const
    const driver = (handle: (request: Request) => void): CaseDriver => ({
      build: (device) =>
        device.createIoQueue({
          dispatchType: 'sequential',
          defaultQueue: true,
          EvtIoDefault: (_queue, request) => handle(request),
        }),
      drive: (bench) => void send(bench),
    })
    return [
      rule(`BufAfterReqCompleted${kind}`, (isBad) =>
        driver((request) => {
          if (!isBad) request[retrieve]()
          request.complete(STATUS_SUCCESS)
          if (isBad) attempt(() => request[retrieve]())
        }),
      ),
      rule(`BufAfterReqCompleted${kind}A`, (isBad) =>
        driver((request) => {
          const bytes = request[retrieve]()
          if (!isBad) bytes[3] = 7
          request.complete(STATUS_SUCCESS)
          if (isBad) bytes[3] = 7
        }),
      ),
      rule(`MemAfterReqCompleted${kind}`, (isBad) =>
        driver((request) => {
          if (!isBad) request[retrieveMemory]()
          request.complete(STATUS_SUCCESS)
          if (isBad) attempt(() => request[retrieveMemory]())
        }),
      ),
      rule(`MemAfterReqCompleted${kind}A`, (isBad) =>
        driver((request) => {
          const memory = request[retrieveMemory]()
          if (!isBad) memory.copyFrom(Uint8Array.of(7), 3)
          request.complete(STATUS_SUCCESS)
          if (isBad) attempt(() => memory.copyFrom(Uint8Array.of(7), 3))
        }),
      ),
    ]
  })
}
