/**
 * Rules about a request with its driver: completing and cancelling it, moving it between queues, its buffers.
 * Runs on: worker.
 */
import { statusName } from '../abi/ntstatus-name.js'
import { STATUS_CANCELLED, STATUS_SUCCESS } from '../abi/ntstatus.js'
import { IRP_MJ_READ, IRP_MJ_WRITE } from '../abi/major-function.js'
import type { EvtRequestCancel } from '../dispatch/dispatched-request.js'
import type { RequestMemory } from '../framework/request-memory.js'
import { alive } from './access-rules.js'
import { currentActivation } from './activation.js'
import { callSite } from './call-site.js'
import type { RequestCall } from './request-call.js'
import type { RequestUse } from './request-use.js'
import { BUFFER_KIND } from './rules-of-buffers.js'
import type { Verifier } from './verifier.js'
import { WatchedView } from './watched-view.js'

function complete(call: RequestCall): unknown {
  const { use, activation, verifier } = call
  const [status] = call.args as [number]
  if (use.isOver) completedAgain(call)
  if (use.isDriverCreated)
    call.violation('ReqDelete', 'a request that its driver made was completed')
  else if (call.isCancelable) {
    call.violation('ReqNotCanceledLocal', 'it was completed while it was marked cancelable')
  } else if (activation?.toldCanceled.has(use) === true) {
    call.violation(
      'CompleteCanceledReq',
      'it was completed although unmarkCancelable said STATUS_CANCELLED',
    )
  } else if (use.sendFailed && status >= 0) {
    call.violation(
      'ReqSendFail',
      `its send failed, and it was completed with ${statusName(status)}`,
    )
  } else if (activation?.info.kind === 'surprise-removal') {
    call.violation(
      'EvtSurpriseRemoveNoRequestComplete',
      'it was completed in EvtDeviceSurpriseRemoval',
    )
  }
  memoriesAreFree(call)
  call.checkLevel()
  call.note(`${call.name}(${statusName(status)})`)
  use.flushBuffers()
  const result = call.proceed()
  use.end('completed', activation)
  verifier.requests.quarantine(use)
  return result
}

function memoriesAreFree(call: RequestCall): void {
  for (const { object } of call.use.memories) {
    const tags = object.heldBy.map(({ tag, count }) => `${count} × ${tag === '' ? 'no tag' : tag}`)
    if (tags.length === 0) continue
    call.violation(
      'MemReferencedAtCompletion',
      `it was completed while its memory object was referenced (${tags.join(', ')})`,
    )
  }
}

/** Completing what is over. */
function completedAgain(call: RequestCall): never {
  const { use, activation } = call
  if (activation?.toldCanceled.has(use) === true) {
    call.violation(
      'CompleteCanceledReq',
      'it was completed although unmarkCancelable said STATUS_CANCELLED',
    )
  } else if (use.isDriverCreated) {
    call.violation('InvalidReqAccessLocal', 'it was completed after it was deleted')
  } else if (use.ending === 'handed on') {
    call.violation('InvalidReqAccess', 'it was completed after it was sent and forgotten')
  } else if (use.ending === 'completed') {
    const isLocal =
      use.isOfDefaultQueue && use.endedIn === activation && activation?.info.kind === 'io'
    call.violation(isLocal ? 'DoubleCompletionLocal' : 'DoubleCompletion', 'it was completed twice')
  }
  return call.refuse()
}

function markCancelable(call: RequestCall): unknown {
  const { use } = call
  if (use.isOver) return overCall(call)
  if (call.isCancelable) {
    call.violation('MarkCancOnCancReqLocal', 'it was marked cancelable when it was marked already')
  } else if (use.place === 'target') {
    call.violation('ReqMarkCancelableSend', 'it was marked cancelable while it was sent')
  }
  call.checkLevel()
  call.note(call.name)
  const [EvtRequestCancel] = call.args as [EvtRequestCancel]
  if (typeof EvtRequestCancel !== 'function') return call.proceed()
  const wrapped = call.verifier.callbacks.about(use, 'EvtRequestCancel', 'cancel', EvtRequestCancel)
  return call.proceed([wrapped])
}

function unmarkCancelable(call: RequestCall): unknown {
  const { use, activation } = call
  if (use.isOver) {
    // Its cancel callback may have completed it meanwhile: that is what asking is for.
    if (!use.isCancelCalled) return overCall(call)
    activation?.toldCanceled.add(use)
    return STATUS_CANCELLED
  }
  const status = call.proceed()
  call.note(`unmarkCancelable: ${statusName(status as number)}`)
  if (status === STATUS_CANCELLED && activation?.info.kind !== 'cancel') {
    activation?.toldCanceled.add(use)
  }
  return status
}

function isCanceled(call: RequestCall): unknown {
  if (call.use.isOver) return overCall(call)
  if (call.isCancelable) {
    call.violation(
      'ReqIsCancOnCancReq',
      'isCanceled was asked of a request that is marked cancelable',
    )
  }
  return call.proceed()
}

/** forwardToIoQueue, requeue. */
function move(call: RequestCall): unknown {
  const { use } = call
  if (use.isOver) return overCall(call)
  if (call.isCancelable) {
    call.violation('ReqMarkCancelableSend', `${call.name} while it was marked cancelable`)
  }
  call.checkLevel()
  call.note(call.name)
  use.flushBuffers()
  use.place = 'queue'
  use.isStopHandled = true
  const status = call.proceed()
  // Presented again meanwhile, it is with the driver as well.
  if (status !== STATUS_SUCCESS) use.place = 'driver'
  return status
}

function stopAcknowledge(call: RequestCall): unknown {
  const { use, request } = call
  if (use.isOver) return overCall(call)
  const [requeue] = call.args as [boolean]
  if (request.extras?.isInEvtIoStop !== true) {
    call.violation('StopAckWithinEvtIoStop', 'stopAcknowledge was called outside of its EvtIoStop')
  } else if (!requeue && request.ioQueue?.config.EvtIoResume === undefined) {
    call.violation(
      'EvtIoStopResume',
      'it was acknowledged and kept, and its queue has no EvtIoResume',
    )
  }
  call.note(`stopAcknowledge(${String(requeue)})`)
  use.isStopHandled = true
  if (requeue) {
    use.flushBuffers()
    use.place = 'queue'
  }
  return call.proceed()
}

function retrieveBuffer(call: RequestCall): unknown {
  const { use, verifier, activation } = call
  if (use.isOver && activation?.info.kind !== 'request-end') tooLate(call, 'Buf', 'buffer')
  checkDirection(call, call.name === 'retrieveInputBuffer')
  verifier.injection.allocate('a view of the buffer')
  const bytes = call.proceed() as Uint8Array
  call.note(call.name)
  return new WatchedView(use.guard(bytes), () => readLate(verifier, use))
}

function retrieveMemory(call: RequestCall): unknown {
  const { use, verifier, request } = call
  if (use.isOver) tooLate(call, 'Mem', 'memory object')
  const isInput = call.name === 'retrieveInputMemory'
  checkDirection(call, isInput)
  verifier.injection.allocate('a memory object')
  const memory = call.proceed() as RequestMemory
  call.note(call.name)
  if (use.memories.has(memory)) return memory
  use.memories.add(memory)
  const real = isInput ? request.retrieveInputBuffer() : request.retrieveOutputBuffer()
  memory.standFor(use.guard(real))
  const kind = BUFFER_KIND[use.majorFunction]
  memory.onUsedTooLate = () => {
    if (use.ending !== 'completed' || kind === undefined) return
    const what = 'its memory object was used after it was completed'
    verifier.violation(`MemAfterReqCompleted${kind}A`, what, { use, site: callSite() })
  }
  return memory
}

/** Its bytes are retrieved after its end: told, and refused. */
function tooLate(call: RequestCall, rules: 'Buf' | 'Mem', what: string): never {
  const { use } = call
  const kind = BUFFER_KIND[use.majorFunction]
  if (use.ending === 'completed' && kind !== undefined) {
    call.violation(
      `${rules}AfterReqCompleted${kind}`,
      `its ${what} was retrieved after it was completed`,
    )
  }
  return overCall(call)
}

/** A read has no input, a write no output. */
function checkDirection(call: RequestCall, isInput: boolean): void {
  const { use } = call
  if (isInput && use.majorFunction === IRP_MJ_READ) {
    call.violation('InputBufferAPI', 'the input buffer of a read was retrieved')
  } else if (!isInput && use.majorFunction === IRP_MJ_WRITE) {
    call.violation('OutputBufferAPI', 'the output buffer of a write was retrieved')
  }
}

/** The bytes are read: not any more once the request is completed, save by EvtCleanup and EvtDestroy. */
function readLate(verifier: Verifier, use: RequestUse): void {
  const kind = BUFFER_KIND[use.majorFunction]
  if (!use.isOver || use.ending !== 'completed' || kind === undefined) return
  const activation = currentActivation()
  if (activation === null || activation?.info.kind === 'request-end') return
  verifier.violation(`BufAfterReqCompleted${kind}`, 'its buffer was read after it was completed', {
    use,
  })
}

function remove(call: RequestCall): unknown {
  const { use, activation } = call
  if (use.isOver) return overCall(call)
  call.note('delete')
  const result = call.proceed()
  use.end('deleted', activation)
  return result
}

/** A call on what is over: told, and refused. */
export function overCall(call: RequestCall): never {
  // A buffer that is retrieved too late has a rule of its own.
  const isTold = call.use.ending === 'completed' && call.name.startsWith('retrieve')
  if (!isTold) alive(call)
  return call.refuse()
}

export const COMPLETION_RULES = {
  complete,
  completeWithInformation: complete,
  completeWithPriorityBoost: complete,
  markCancelable,
  markCancelableEx: markCancelable,
  unmarkCancelable,
  isCanceled,
  forwardToIoQueue: move,
  requeue: move,
  stopAcknowledge,
  retrieveInputBuffer: retrieveBuffer,
  retrieveOutputBuffer: retrieveBuffer,
  retrieveInputMemory: retrieveMemory,
  retrieveOutputMemory: retrieveMemory,
  delete: remove,
}
