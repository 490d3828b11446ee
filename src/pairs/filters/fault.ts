/**
 * Fault filter: makes requests fail or wait, by rules, seeded; the levels below know nothing of it.
 * Parameters: `{ rules: FaultRule[], seed? }` (fault-rules.ts says what a rule is). Runs on: worker.
 * A request that waits can be cancelled; what no rule hits goes down at once, send-and-forget.
 */
import {
  defineDriver,
  IRP_MJ_FLUSH_BUFFERS,
  type Device,
  type IoQueue,
  type Request,
  STATUS_CANCELLED,
} from '../../index.js'
import { FaultRules } from './fault-rules.js'

const FORGET = { sendAndForget: true } as const

function passDown(device: Device, request: Request): void {
  if (!request.send(device.ioTarget, FORGET)) request.complete(request.getStatus())
}

function faultEvtIo(device: Device, request: Request): Promise<void> | undefined {
  const rules = device.context['rules'] as FaultRules
  const fault = rules.decide(request)
  if (fault === null) {
    passDown(device, request)
  } else if (fault.delayMs > 0) {
    return later(device, request, fault.delayMs, fault.status)
  } else request.complete(fault.status)
  return undefined
}

/** Ends with `status` after a while, or goes down then if that is 0. */
async function later(
  device: Device,
  request: Request,
  delayMs: number,
  status: number,
): Promise<void> {
  let isCanceled = false
  const waiting = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, delayMs)
    request.markCancelable((canceled: Request) => {
      isCanceled = true
      clearTimeout(timer)
      canceled.complete(STATUS_CANCELLED)
      resolve()
    })
  })
  await waiting
  if (isCanceled || request.unmarkCancelable() === STATUS_CANCELLED) return
  if (status === 0) passDown(device, request)
  else request.complete(status)
}

export default defineDriver({
  EvtDriverDeviceAdd(_driver, deviceInit) {
    const rules = new FaultRules(deviceInit.parameters)
    deviceInit.setFilter()
    deviceInit.assignWdmIrpPreprocessCallback(IRP_MJ_FLUSH_BUFFERS, faultEvtIo)
    deviceInit.createDevice({ synchronizationScope: 'device', context: { rules } }).createIoQueue({
      dispatchType: 'parallel',
      defaultQueue: true,
      allowZeroLengthRequests: true,
      EvtIoDefault: (queue: IoQueue, request) => faultEvtIo(queue.device, request),
    })
  },
})
