/**
 * Cases: queues, going down, being pulled out. Runs on: the test's own thread.
 */
import { STATUS_SUCCESS } from '../../src/abi/ntstatus.js'
import type { Device } from '../../src/framework/device.js'
import type { IoQueue } from '../../src/framework/io-queue.js'
import type { EvtIoResume, EvtIoStop } from '../../src/framework/io-queue-config.js'
import type { Request } from '../../src/framework/request.js'
import type { CaseDriver, VerifierBench } from './bench.js'
import { rule, type VerifierCase } from './case.js'
import { attempt, defaultQueue } from './cases-completing.js'

/** A driver that keeps its reads, and hears of the device's going down. */
function keeper(
  EvtIoStop: EvtIoStop | undefined,
  EvtIoResume: EvtIoResume | undefined,
  drive: CaseDriver['drive'],
): CaseDriver {
  return {
    build(device) {
      const kept: Request[] = []
      device.context['kept'] = kept
      defaultQueue(device, {
        EvtIoRead: (_queue, request) => void kept.push(request),
        ...(EvtIoStop === undefined ? {} : { EvtIoStop }),
        ...(EvtIoResume === undefined ? {} : { EvtIoResume }),
      })
    },
    ...(drive === undefined ? {} : { drive }),
  }
}

function keptOf(queue: IoQueue): Request[] {
  return queue.device.context['kept'] as Request[]
}

function completeKept(queue: IoQueue): void {
  for (const request of keptOf(queue).splice(0)) request.complete(STATUS_SUCCESS)
}

/** A read, and the device goes down. The driver ends what it still has afterwards. */
async function readAndGoDown(bench: VerifierBench): Promise<void> {
  bench.read()
  const down = bench.power('suspend')
  await bench.turns()
  const [device] = bench.engine.framework().devices.values()
  if (device !== undefined) completeKept(device.queues[0] as IoQueue)
  await down
  await bench.power('resume')
}

/** As readAndGoDown, and up again. */
async function downAndUp(bench: VerifierBench): Promise<void> {
  bench.read()
  await bench.power('suspend')
  await bench.power('resume')
  await bench.turns()
}

/** A manual default queue, looked at by an IOCTL's handler. */
function manual(look: (queue: IoQueue) => void): CaseDriver {
  return {
    build(device) {
      const queue = device.createIoQueue({ dispatchType: 'manual' })
      device.configureRequestDispatching(queue, 'read')
      defaultQueue(device, {
        EvtIoDeviceControl(_queue, request) {
          look(queue)
          request.complete(STATUS_SUCCESS)
        },
      })
    },
    drive(bench) {
      bench.read(0)
      bench.read(1)
      bench.ioctl()
    },
  }
}

/** Takes all there is. */
function empty(queue: IoQueue): void {
  for (let next = queue.retrieveNextRequest(); next !== null; next = queue.retrieveNextRequest()) {
    next.complete(STATUS_SUCCESS)
  }
}

/** Takes the request that it finds. */
function takeFound(queue: IoQueue): void {
  const found = queue.findRequest()
  if (found !== null) queue.retrieveFoundRequest(found).complete(STATUS_SUCCESS)
}

/** A driver that does something when its device is pulled out, and has no EvtIoStop for its requests then. */
function surprised(
  isBad: boolean,
  EvtDeviceSurpriseRemoval: (device: Device, kept: Request[]) => void,
): CaseDriver {
  const kept: Request[] = []
  const finish = (request: Request): void => {
    const at = kept.indexOf(request)
    if (at >= 0) kept.splice(at, 1)[0]?.complete(STATUS_SUCCESS)
  }
  return {
    init: (init) =>
      init.setPnpPowerEventCallbacks({
        EvtDeviceSurpriseRemoval: (device) => EvtDeviceSurpriseRemoval(device, kept),
      }),
    build(device) {
      defaultQueue(device, {
        EvtIoRead: (_queue, request) => void kept.push(request),
        ...(isBad ? {} : { EvtIoStop: (_queue, request) => finish(request) }),
      })
    },
    async drive(bench) {
      bench.read()
      await bench.remove(true)
    },
  }
}

export const QUEUES: readonly VerifierCase[] = [
  rule('ChangeQueueState', (isBad) => ({
    build: (device) =>
      defaultQueue(device, {
        EvtIoRead(queue, request) {
          queue.stop(() => queue.start())
          if (isBad) attempt(() => queue.stop(() => {}))
          request.complete(STATUS_SUCCESS)
        },
      }),
  })),
  rule('EvtIoStopCompleteOrStopAck', (isBad) =>
    keeper(
      (queue) => {
        if (!isBad) completeKept(queue)
      },
      undefined,
      readAndGoDown,
    ),
  ),
  rule('DrvAckIoStop', (isBad) =>
    keeper(isBad ? undefined : completeKept, undefined, async (bench) => {
      bench.read()
      const down = bench.power('suspend')
      await bench.turns()
      if (isBad) await bench.reported()
      const [device] = bench.engine.framework().devices.values()
      if (device !== undefined) completeKept(device.queues[0] as IoQueue)
      await down
      await bench.power('resume')
    }),
  ),
  rule('EvtIoStopResume', (isBad) =>
    keeper(
      (_queue, request) => request.stopAcknowledge(false),
      isBad ? undefined : completeKept,
      async (bench) => {
        await downAndUp(bench)
        const [device] = bench.engine.framework().devices.values()
        if (device !== undefined) completeKept(device.queues[0] as IoQueue)
      },
    ),
  ),
  rule('StopAckWithinEvtIoStop', (isBad) => ({
    build: (device) =>
      defaultQueue(device, {
        EvtIoRead(_queue, request) {
          if (isBad) attempt(() => request.stopAcknowledge(false))
          request.complete(STATUS_SUCCESS)
        },
      }),
  })),
  rule('EvtIoStopGetParam', (isBad) =>
    keeper(
      (queue, request) => {
        if (!isBad || request.length > 0) completeKept(queue)
      },
      undefined,
      readAndGoDown,
    ),
  ),
  rule('EvtIoResumeGetParam', (isBad) =>
    keeper(
      (_queue, request) => request.stopAcknowledge(false),
      (queue, request) => {
        if (!isBad || request.length > 0) completeKept(queue)
      },
      downAndUp,
    ),
  ),
  rule('EvtSurpriseRemoveNoRequestComplete', (isBad) =>
    surprised(isBad, (_device, kept) => {
      if (isBad) for (const request of kept.splice(0)) request.complete(STATUS_SUCCESS)
    }),
  ),
  rule('EvtSurpriseRemoveNoSuspendQueue', (isBad) =>
    surprised(isBad, (device, kept) => {
      if (!isBad) return
      device.queues[0]?.purge()
      // Ended outside of the callback that breaks the rule, and before anybody's patience is at its end.
      queueMicrotask(() => {
        for (const request of kept.splice(0)) request.complete(STATUS_SUCCESS)
      })
    }),
  ),
  rule('WdfIoQueueFindRequestFailed', (isBad) =>
    manual((queue) => {
      empty(queue)
      const found = queue.findRequest()
      if (isBad) attempt(() => queue.retrieveFoundRequest(found as never))
    }),
  ),
  rule('WdfIoQueueRetrieveFoundRequest', (isBad) =>
    manual((queue) => {
      const found = queue.findRequest()
      if (found === null) return
      queue.retrieveFoundRequest(found).complete(STATUS_SUCCESS)
      if (isBad) attempt(() => queue.retrieveFoundRequest(found))
      takeFound(queue)
    }),
  ),
  rule('WdfIoQueueRetrieveNextRequest', (isBad) =>
    manual((queue) => {
      if (isBad) queue.findRequest()
      else takeFound(queue)
      empty(queue)
    }),
  ),
]
