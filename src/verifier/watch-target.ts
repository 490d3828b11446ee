/**
 * Watch target: what a driver formats for an I/O target, and how it starts and stops it. Runs on: worker.
 */
import {
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
} from '../abi/major-function.js'
import type { IoTarget } from '../framework/io-target.js'
import type { Request } from '../framework/request.js'
import { currentActivation } from './activation.js'
import { alive } from './access-rules.js'
import { callSite } from './call-site.js'
import { interpose } from './interpose.js'
import { checkPassiveHere } from './levels.js'
import { RequestCall } from './request-call.js'
import type { Verifier } from './verifier.js'

/** The rule about requests of each kind. */
const KIND_RULE: Readonly<Record<number, string>> = {
  [IRP_MJ_READ]: 'ReadReqs',
  [IRP_MJ_WRITE]: 'WriteReqs',
  [IRP_MJ_DEVICE_CONTROL]: 'IoctlReqs',
  [IRP_MJ_INTERNAL_DEVICE_CONTROL]: 'InternalIoctlReqs',
}

export function watchTarget(verifier: Verifier, target: IoTarget): void {
  watchFormat(verifier, target)
  watchSynchronous(verifier, target)
  interpose(verifier, target, 'start', (proceed) => {
    currentActivation()?.startedTargets.set(target, callSite())
    return proceed()
  })
  interpose(verifier, target, 'stop', (proceed, action) => {
    if (action !== 'leaveSentIoPending') checkPassiveHere(verifier, 'stop')
    return proceed(action)
  })
  interpose(verifier, target, 'purge', (proceed, action) => {
    if (action !== 'purgeIo') checkPassiveHere(verifier, 'purge')
    return proceed(action)
  })
  interpose(verifier, target, 'close', (proceed) => {
    checkPassiveHere(verifier, 'close')
    return proceed()
  })
}

function watchFormat(verifier: Verifier, target: IoTarget): void {
  /** The request of the driver's handle, which may be formatted as that kind. */
  const formatted = (handle: Request, major: number, what: string): Request => {
    const use = verifier.requests.useOf(handle)
    if (use === undefined) return handle
    const activation = currentActivation() ?? undefined
    alive(new RequestCall(verifier, use, 'formatRequestUsingCurrentType', [], activation))
    const rule = use.isDriverCreated ? undefined : KIND_RULE[use.majorFunction]
    if (rule !== undefined && use.majorFunction !== major) {
      verifier.violation(rule, `it was given to ${what}`, { use })
    }
    use.note(what)
    return use.request
  }
  interpose(verifier, target, 'formatRequestForRead', (proceed, request, buffer, offset) =>
    proceed(formatted(request, IRP_MJ_READ, 'formatRequestForRead'), buffer, offset),
  )
  interpose(verifier, target, 'formatRequestForWrite', (proceed, request, buffer, offset) =>
    proceed(formatted(request, IRP_MJ_WRITE, 'formatRequestForWrite'), buffer, offset),
  )
  interpose(verifier, target, 'formatRequestForIoctl', (proceed, request, code, input, output) =>
    proceed(
      formatted(request, IRP_MJ_DEVICE_CONTROL, 'formatRequestForIoctl'),
      code,
      input,
      output,
    ),
  )
  interpose(
    verifier,
    target,
    'formatRequestForInternalIoctl',
    (proceed, request, code, input, output) =>
      proceed(
        formatted(request, IRP_MJ_INTERNAL_DEVICE_CONTROL, 'formatRequestForInternalIoctl'),
        code,
        input,
        output,
      ),
  )
}

function watchSynchronous(verifier: Verifier, target: IoTarget): void {
  const check = (method: string, timeoutMs: number | undefined): void => {
    checkPassiveHere(verifier, method)
    if ((timeoutMs ?? 0) > 0) return
    verifier.violation('SyncReqSend2', `${method} was called without a time-out`)
  }
  interpose(verifier, target, 'sendReadSynchronously', (proceed, buffer, offset, timeoutMs) => {
    check('sendReadSynchronously', timeoutMs)
    return proceed(buffer, offset, timeoutMs)
  })
  interpose(verifier, target, 'sendWriteSynchronously', (proceed, buffer, offset, timeoutMs) => {
    check('sendWriteSynchronously', timeoutMs)
    return proceed(buffer, offset, timeoutMs)
  })
  interpose(
    verifier,
    target,
    'sendIoctlSynchronously',
    (proceed, code, input, output, timeoutMs) => {
      check('sendIoctlSynchronously', timeoutMs)
      return proceed(code, input, output, timeoutMs)
    },
  )
  interpose(
    verifier,
    target,
    'sendInternalIoctlSynchronously',
    (proceed, code, input, output, timeoutMs) => {
      check('sendInternalIoctlSynchronously', timeoutMs)
      return proceed(code, input, output, timeoutMs)
    },
  )
}
