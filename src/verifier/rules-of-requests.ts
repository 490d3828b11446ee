/**
 * Rules about the life of a request: completing, cancelling, sending. Runs on: any thread.
 */
import { checked, type Rule } from './rule.js'

export const REQUEST_RULES: readonly Rule[] = [
  checked(
    'DoubleCompletion',
    'A request is completed once.',
    'complete it in one place, and forget the request there',
  ),
  checked(
    'DoubleCompletionLocal',
    'A callback of the default queue completes its request once.',
    'return after completing',
  ),
  checked(
    'RequestCompleted',
    'A request that a driver gets is completed, kept for later, forwarded or sent before the callback ends.',
    'complete the request on every path, or keep it where something will complete it',
  ),
  checked(
    'RequestCompletedLocal',
    'A request of the default queue is completed, kept, forwarded or sent before the callback ends.',
    'complete the request on every path, or keep it where something will complete it',
  ),
  checked(
    'DeferredRequestCompleted',
    'A request that a driver keeps for later is completed later.',
    'complete what you keep, at the latest when its device stops (EvtIoStop, EvtDeviceD0Exit)',
  ),
  checked(
    'CompleteCanceledReq',
    'After unmarkCancelable said STATUS_CANCELLED, EvtRequestCancel completes the request and nobody else.',
    'if unmarkCancelable returns STATUS_CANCELLED, leave the request alone',
  ),
  checked(
    'ReqNotCanceledLocal',
    'A cancelable request is unmarked before it is completed.',
    'call unmarkCancelable first, and complete only if it returns STATUS_SUCCESS',
  ),
  checked(
    'MarkCancOnCancReqLocal',
    'A request is marked cancelable once, until it is unmarked.',
    'unmark it before marking it again',
  ),
  checked(
    'ReqIsCancOnCancReq',
    'isCanceled is for requests that are not marked cancelable.',
    'wait for EvtRequestCancel, or unmark the request and ask then',
  ),
  checked(
    'ReqMarkCancelableSend',
    'A request that is sent or forwarded is not marked cancelable.',
    'unmark it before sending; what was sent is cancelled by cancelSentRequest',
  ),
  checked(
    'InvalidReqAccess',
    'A request is not touched after it was completed or handed on for good.',
    'read what you need before completing',
  ),
  checked(
    'InvalidReqAccessLocal',
    'A request of the driver’s own is not touched after it was deleted.',
    'delete it last, and forget it then',
  ),
  checked(
    'ReqDelete',
    'A request that a driver made is deleted, and not completed.',
    'call delete() once it has come back',
  ),
  checked(
    'ReqCompletionRoutine',
    'A completion routine is set before a request is sent and not waited for.',
    'call setCompletionRoutine before send, or use sendSynchronously or sendAndForget',
  ),
  checked(
    'ReqSendFail',
    'A request whose send failed ends with a failure.',
    'complete it with request.getStatus()',
  ),
  checked(
    'RequestFormattedValid',
    'A request is formatted before it is sent.',
    'call formatRequestUsingCurrentType, or a formatRequestFor… of the target',
  ),
  checked(
    'RequestSendAndForgetNoFormatting',
    'A request that is sent and forgotten is neither formatted nor has a completion routine.',
    'send it as it is',
  ),
  checked(
    'RequestSendAndForgetNoFormatting2',
    'A request that a driver made cannot be sent and forgotten.',
    'send it with a completion routine that deletes it',
  ),
  checked(
    'RequestGetStatusValid',
    'getStatus is asked after a send failed or the request has come back.',
    'ask when send returned false, after sendSynchronously, or in the completion routine',
  ),
  checked(
    'SyncReqSend',
    'A request that is sent synchronously has a time-out.',
    'give timeoutMs to sendSynchronously',
  ),
  checked(
    'SyncReqSend2',
    'A request of the driver’s own that is sent synchronously has a time-out.',
    'give timeoutMs',
  ),
  checked(
    'ReadReqs',
    'A read is sent on as a read.',
    'use formatRequestForRead, or a request of your own',
  ),
  checked(
    'WriteReqs',
    'A write is sent on as a write.',
    'use formatRequestForWrite, or a request of your own',
  ),
  checked(
    'IoctlReqs',
    'A device control is sent on as a device control.',
    'use formatRequestForIoctl, or a request of your own',
  ),
  checked(
    'InternalIoctlReqs',
    'An internal device control is sent on as one.',
    'use formatRequestForInternalIoctl, or a request of your own',
  ),
  checked(
    'FileObjectConfigured',
    'The file object is for drivers that configured file objects.',
    'call deviceInit.setFileObjectConfig before createDevice',
  ),
  checked(
    'FwdIrpToIoQueueValid',
    'wdmDispatchIrpToIoQueue is for preprocess and dispatch callbacks.',
    'use request.forwardToIoQueue elsewhere',
  ),
  checked(
    'SetCompletionRoutineFromDispatch',
    'A request that a dispatch callback gives to a queue has no completion routine.',
    'set it in the queue’s handler, before sending',
  ),
]
