/**
 * Cases: sending requests, and the callbacks before queues. Runs on: the test's own thread.
 */
import { IRP_MJ_READ } from '../../src/abi/major-function.js'
import { STATUS_CANCELLED, STATUS_SUCCESS, STATUS_UNSUCCESSFUL } from '../../src/abi/ntstatus.js'
import type { Device } from '../../src/framework/device.js'
import type { IoTarget } from '../../src/framework/io-target.js'
import type { Request } from '../../src/framework/request.js'
import type { CaseDriver, VerifierBench } from './bench.js'
import { rule, type VerifierCase } from './case.js'
import { attempt, defaultQueue, reads } from './cases-completing.js'

const SOME_CODE = 0x222000

/** The routine that most drivers have. */
function passUp(request: Request, _target: IoTarget, params: { readonly status: number }): void {
  request.complete(params.status)
}

/** Sends on what it got, by the book. */
function sendDown(request: Request, device: Device): void {
  request.formatRequestUsingCurrentType()
  request.setCompletionRoutine(passUp)
  if (!request.send(device.ioTarget)) request.complete(request.getStatus())
}

/** As sendDown, with something left out; ends the request when it was not sent. */
function sendSomehow(request: Request, device: Device, prepare: () => void): void {
  prepare()
  if (!request.send(device.ioTarget)) request.complete(request.getStatus())
}

/** Handlers that may wait. */
function passiveReads(EvtIoRead: (request: Request, device: Device) => Promise<void>): CaseDriver {
  return {
    build: (device) =>
      device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        synchronizationScope: 'none',
        executionLevel: 'passive',
        EvtIoRead: (_queue, request) => EvtIoRead(request, device),
      }),
    drive: async (bench) => {
      bench.read()
      await bench.turns()
    },
  }
}

/** A request of a kind, formatted as its own kind or as another. */
function kindCase(
  name: string,
  handler: 'EvtIoRead' | 'EvtIoWrite' | 'EvtIoDeviceControl' | 'EvtIoInternalDeviceControl',
  send: (bench: VerifierBench) => number,
  format: (target: IoTarget, request: Request, isBad: boolean) => void,
): VerifierCase {
  return rule(name, (isBad) => ({
    build: (device) =>
      defaultQueue(device, {
        [handler]: (_queue: unknown, request: Request) =>
          sendSomehow(request, device, () => {
            format(device.ioTarget, request, isBad)
            request.setCompletionRoutine(passUp)
          }),
      }),
    drive: (bench) => void send(bench),
  }))
}

function preprocess(
  callback: (device: Device, request: Request) => void,
  build: (device: Device) => void = (device) => defaultQueue(device, {}),
): CaseDriver {
  return { init: (init) => init.assignWdmIrpPreprocessCallback(IRP_MJ_READ, callback), build }
}

export const SENDING: readonly VerifierCase[] = [
  rule('ReqCompletionRoutine', (isBad) =>
    reads((request, device) => {
      sendSomehow(request, device, () => {
        request.formatRequestUsingCurrentType()
        if (!isBad) request.setCompletionRoutine(passUp)
      })
    }),
  ),
  rule('ReqSendFail', (isBad) =>
    reads((request, device) => {
      void device.ioTarget.purge('purgeIo')
      request.formatRequestUsingCurrentType()
      request.setCompletionRoutine(passUp)
      if (request.send(device.ioTarget)) return
      request.complete(isBad ? STATUS_SUCCESS : request.getStatus())
    }),
  ),
  rule('RequestFormattedValid', (isBad) =>
    reads((request, device) => {
      sendSomehow(request, device, () => {
        if (!isBad) request.formatRequestUsingCurrentType()
        request.setCompletionRoutine(passUp)
      })
    }),
  ),
  rule('RequestSendAndForgetNoFormatting', (isBad) =>
    reads((request, device) => {
      if (isBad) request.formatRequestUsingCurrentType()
      if (request.send(device.ioTarget, { sendAndForget: true })) return
      request.complete(request.getStatus())
    }),
  ),
  rule('RequestSendAndForgetNoFormatting2', (isBad) =>
    reads((request, device) => {
      const own = device.createRequest()
      if (isBad) {
        own.send(device.ioTarget, { sendAndForget: true })
        own.delete()
      } else {
        device.ioTarget.formatRequestForRead(own, new Uint8Array(16))
        own.setCompletionRoutine((same) => same.delete())
        if (!own.send(device.ioTarget)) own.delete()
      }
      request.complete(STATUS_SUCCESS)
    }),
  ),
  rule('RequestGetStatusValid', (isBad) =>
    reads((request, device) => {
      if (isBad) request.complete(request.getStatus())
      else sendDown(request, device)
    }),
  ),
  rule('SyncReqSend', (isBad) =>
    passiveReads(async (request, device) => {
      request.formatRequestUsingCurrentType()
      await request.sendSynchronously(device.ioTarget, isBad ? {} : { timeoutMs: 10_000 })
      request.complete(request.getStatus())
    }),
  ),
  rule('SyncReqSend2', (isBad) =>
    passiveReads(async (request, device) => {
      const buffer = new Uint8Array(16)
      const { status } = await device.ioTarget.sendReadSynchronously(
        buffer,
        0,
        isBad ? undefined : 10_000,
      )
      request.complete(status)
    }),
  ),
  kindCase(
    'ReadReqs',
    'EvtIoRead',
    (bench) => bench.read(),
    (target, request, isBad) => {
      if (isBad) target.formatRequestForIoctl(request, SOME_CODE)
      else target.formatRequestForRead(request, new Uint8Array(16))
    },
  ),
  kindCase(
    'WriteReqs',
    'EvtIoWrite',
    (bench) => bench.write(),
    (target, request, isBad) => {
      if (isBad) target.formatRequestForRead(request, new Uint8Array(16))
      else target.formatRequestForWrite(request, new Uint8Array(16))
    },
  ),
  kindCase(
    'IoctlReqs',
    'EvtIoDeviceControl',
    (bench) => bench.ioctl(),
    (target, request, isBad) => {
      if (isBad) target.formatRequestForInternalIoctl(request, SOME_CODE)
      else target.formatRequestForIoctl(request, SOME_CODE)
    },
  ),
  kindCase(
    'InternalIoctlReqs',
    'EvtIoInternalDeviceControl',
    (bench) => bench.internalIoctl(),
    (target, request, isBad) => {
      if (isBad) target.formatRequestForWrite(request, new Uint8Array(16))
      else target.formatRequestForInternalIoctl(request, SOME_CODE)
    },
  ),
  rule('FwdIrpToIoQueueValid', (isBad) => {
    if (isBad) {
      return {
        build(device) {
          const manual = device.createIoQueue({ dispatchType: 'manual' })
          defaultQueue(device, {
            EvtIoRead(_queue, request) {
              device.wdmDispatchIrpToIoQueue(request, manual)
              manual.retrieveNextRequest()?.complete(STATUS_SUCCESS)
            },
          })
        },
      }
    }
    return preprocess((device, request) => {
      device.wdmDispatchIrpToIoQueue(request, device.defaultQueue as never)
    })
  }),
  rule('SetCompletionRoutineFromDispatch', (isBad) =>
    preprocess((device, request) => {
      if (isBad) request.setCompletionRoutine(passUp)
      device.wdmDispatchIrpToIoQueue(request, device.defaultQueue as never)
    }),
  ),
  rule('ReqSendWhileSpinlock', (isBad) => ({
    build(device) {
      const lock = device.createSpinLock()
      defaultQueue(device, {
        EvtIoRead(_queue, request) {
          lock.acquire()
          if (!isBad) lock.release()
          sendDown(request, device)
          if (isBad) lock.release()
        },
      })
    },
  })),
  rule('FailD0EntryIoTargetState', (isBad) => ({
    init: (init) =>
      init.setPnpPowerEventCallbacks({
        async EvtDeviceD0Entry(device) {
          device.ioTarget.start()
          if (!isBad) await device.ioTarget.stop()
          return STATUS_UNSUCCESSFUL
        },
      }),
    build: (device) => defaultQueue(device, {}),
    drive: () => {},
  })),
  rule('NonFDONotPowerPolicyOwnerAPI', (isBad) => ({
    init(init) {
      if (isBad) init.setFilter()
      init.setPowerPolicyEventCallbacks({ EvtDeviceArmWakeFromS0: () => STATUS_SUCCESS })
    },
    build: (device) => defaultQueue(device, {}),
  })),
  rule('NoCancelFromEvtSurpriseRemove', (isBad) => {
    let sent: Request | undefined
    return {
      init: (init) =>
        init.setPnpPowerEventCallbacks({
          EvtDeviceSurpriseRemoval: () => {
            if (isBad) sent?.cancelSentRequest()
          },
        }),
      build: (device) =>
        defaultQueue(device, {
          EvtIoRead(_queue, request) {
            sent = request
            sendDown(request, device)
          },
          ...(isBad ? {} : { EvtIoStop: (_queue, request) => void request.cancelSentRequest() }),
        }),
      async drive(bench) {
        bench.read(1000)
        await bench.remove(true)
      },
    }
  }),
  rule('EvtIoStopCancel', (isBad) => ({
    build: (device) =>
      defaultQueue(device, {
        EvtIoRead: (_queue, request) => sendDown(request, device),
        EvtIoStop(_queue, request) {
          if (!isBad) request.cancelSentRequest()
        },
      }),
    async drive(bench) {
      const handle = bench.read(1000)
      const down = bench.power('suspend')
      await bench.turns()
      if (isBad) bench.cancel(handle)
      await down
      await bench.power('resume')
    },
  })),
  rule('LockOrder', (isBad) => ({
    build(device) {
      const outer = device.createSpinLock({ name: 'device', level: 'device' })
      const inner = device.createSpinLock({ name: 'queue', level: 'queue' })
      defaultQueue(device, {
        EvtIoRead(_queue, request) {
          const [first, then] = isBad ? [inner, outer] : [outer, inner]
          first.run(() => {
            attempt(() => then.run(() => STATUS_CANCELLED))
          })
          request.complete(STATUS_SUCCESS)
        },
      })
    },
  })),
]
