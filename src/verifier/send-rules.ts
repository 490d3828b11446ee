/**
 * Rules about sending a request to an I/O target, and its way back. Runs on: worker.
 */
import { type EvtRequestCompletionRoutine, IoTarget } from '../framework/io-target.js'
import type { SendOptions } from '../framework/request-sender.js'
import { overCall } from './completion-rules.js'
import { checkPassive } from './levels.js'
import type { RequestCall } from './request-call.js'

function setCompletionRoutine(call: RequestCall): unknown {
  const { use, verifier } = call
  if (use.isOver) return overCall(call)
  const [routine, context] = call.args as [EvtRequestCompletionRoutine | null, unknown]
  if (typeof routine !== 'function') return call.proceed()
  const wrapped = verifier.callbacks.about(
    use,
    'EvtRequestCompletionRoutine',
    'completion',
    routine,
  )
  return call.proceed([wrapped, context])
}

function send(call: RequestCall): unknown {
  const { use, request } = call
  if (use.isOver) return overCall(call)
  const [target, options = {}] = call.args as [IoTarget, SendOptions | undefined]
  checkSend(call, options)
  call.checkLevel()
  call.note(`send to ${target?.deviceName ?? 'nobody'}`)
  use.flushBuffers()
  if (options.sendAndForget === true) return forget(call, target, request.isOwned)
  use.place = 'target'
  use.isStopHandled = true
  use.hasStatus = false
  use.sendFailed = false
  // It may come back, and be over, before this returns.
  if (proceed(call, target) === true) return true
  use.place = 'driver'
  use.sendFailed = true
  use.hasStatus = true
  return false
}

/** Sends it; now and then so that it cannot have come back already. */
function proceed(call: RequestCall, target: IoTarget): unknown {
  if (!(target instanceof IoTarget && call.verifier.injection.pends())) return call.proceed()
  return target.deferring(() => call.proceed())
}

/** The request object itself goes on: while it is sent it is shown to the driver below. */
function forget(call: RequestCall, target: IoTarget, isOwned: boolean): unknown {
  const { use, verifier, activation } = call
  const { requests } = verifier
  if (isOwned) requests.handOn(use)
  const isSent = proceed(call, target) as boolean
  if (isSent) use.end('handed on', activation)
  else if (isOwned) {
    requests.keep(use)
    use.sendFailed = true
    use.hasStatus = true
  }
  return isSent
}

function checkSend(call: RequestCall, options: SendOptions): void {
  const { use, activation, request } = call
  const { extras } = request
  const isFormatted = extras?.isFormatted === true
  const hasRoutine = (extras?.completionRoutine ?? null) !== null
  if (call.isCancelable) {
    call.violation('ReqMarkCancelableSend', 'it was sent while it was marked cancelable')
  } else if (activation?.holdsSpinLock === true) {
    call.violation('ReqSendWhileSpinlock', 'it was sent while a spin lock was held')
  } else if (options.sendAndForget === true) {
    if (use.isDriverCreated) {
      call.violation(
        'RequestSendAndForgetNoFormatting2',
        'a request of the driver’s own was sent and forgotten',
      )
    } else if (isFormatted || hasRoutine) {
      const what = isFormatted ? 'a formatted request' : 'a request with a completion routine'
      call.violation('RequestSendAndForgetNoFormatting', `${what} was sent and forgotten`)
    }
  } else if (!isFormatted) {
    call.violation('RequestFormattedValid', 'it was sent without having been formatted')
  } else if (!hasRoutine && call.name === 'send') {
    call.violation('ReqCompletionRoutine', 'it was sent without a completion routine')
  }
}

async function sendSynchronously(call: RequestCall): Promise<unknown> {
  const { use } = call
  if (use.isOver) return overCall(call)
  const [target, options = {}] = call.args as [IoTarget, SendOptions | undefined]
  if ((options.timeoutMs ?? 0) === 0) {
    const rule = use.isDriverCreated ? 'SyncReqSend2' : 'SyncReqSend'
    call.violation(rule, 'it was sent synchronously without a time-out')
  }
  checkSend(call, options)
  checkPassive(call.verifier, call.activation, 'sendSynchronously')
  call.note(`sendSynchronously to ${target?.deviceName ?? 'nobody'}`)
  use.flushBuffers()
  use.place = 'target'
  const isSent = (await call.proceed()) as boolean
  use.place = 'driver'
  use.sendFailed = !isSent
  use.hasStatus = true
  use.note('came back', '')
  use.refreshBuffers()
  return isSent
}

function getStatus(call: RequestCall): unknown {
  if (call.use.isOver) return overCall(call)
  if (!call.use.hasStatus) {
    call.violation('RequestGetStatusValid', 'getStatus was asked, and no send has failed or ended')
  }
  return call.proceed()
}

function reuse(call: RequestCall): unknown {
  const { use } = call
  if (use.isOver) return overCall(call)
  use.sendFailed = false
  use.hasStatus = true
  call.note('reuse')
  return call.proceed()
}

function cancelSentRequest(call: RequestCall): unknown {
  const { use, activation } = call
  if (use.isOver) return overCall(call)
  if (activation?.info.kind === 'surprise-removal') {
    call.violation(
      'NoCancelFromEvtSurpriseRemove',
      'a sent request was cancelled in EvtDeviceSurpriseRemoval',
    )
  }
  call.note('cancelSentRequest')
  use.isStopHandled = true
  return call.proceed()
}

function format(call: RequestCall): unknown {
  if (call.use.isOver) return overCall(call)
  return call.proceed()
}

export const SEND_RULES = {
  setCompletionRoutine,
  formatRequestUsingCurrentType: format,
  send,
  sendSynchronously,
  getStatus,
  getInformation: format,
  reuse,
  cancelSentRequest,
}
