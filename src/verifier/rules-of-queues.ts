/**
 * Rules about queues, power and removal. Runs on: any thread.
 */
import { checked, impossible, inapplicable, type Rule } from './rule.js'

export const QUEUE_RULES: readonly Rule[] = [
  checked(
    'ChangeQueueState',
    'A queue’s state is changed when the change before has ended.',
    'wait for the callback of stop, drain or purge, or await the synchronous form',
  ),
  checked(
    'EvtIoStopCompleteOrStopAck',
    'EvtIoStop completes, acknowledges, forwards or cancels the request that it is called with.',
    'call complete, stopAcknowledge or cancelSentRequest in EvtIoStop: the device waits for it',
  ),
  checked(
    'EvtIoStopCancel',
    'EvtIoStop cancels or acknowledges a request that is with another driver.',
    'call cancelSentRequest or stopAcknowledge in EvtIoStop',
  ),
  checked(
    'DrvAckIoStop',
    'A driver that keeps requests of a power-managed queue knows when its device goes down.',
    'give the queue an EvtIoStop, or create it with powerManaged: false',
  ),
  checked(
    'EvtIoStopResume',
    'A queue whose requests are acknowledged and kept has an EvtIoResume.',
    'give the queue an EvtIoResume, or acknowledge with requeue',
  ),
  checked(
    'StopAckWithinEvtIoStop',
    'stopAcknowledge is called in EvtIoStop, for the request that it is called with.',
    'acknowledge in EvtIoStop; elsewhere complete the request',
  ),
  checked(
    'EvtIoStopGetParam',
    'EvtIoStop does not read a request’s parameters.',
    'keep what you need in request.context when the request is presented',
  ),
  checked(
    'EvtIoResumeGetParam',
    'EvtIoResume does not read a request’s parameters.',
    'keep what you need in request.context when the request is presented',
  ),
  checked(
    'EvtSurpriseRemoveNoRequestComplete',
    'EvtDeviceSurpriseRemoval does not complete requests: it is not synchronised with the way down.',
    'complete them in EvtDeviceSelfManagedIoFlush or EvtIoStop',
  ),
  checked(
    'EvtSurpriseRemoveNoSuspendQueue',
    'EvtDeviceSurpriseRemoval does not stop, drain or purge queues.',
    'use EvtDeviceSelfManagedIoSuspend',
  ),
  checked(
    'NoCancelFromEvtSurpriseRemove',
    'EvtDeviceSurpriseRemoval does not cancel sent requests.',
    'use EvtDeviceSelfManagedIoSuspend',
  ),
  checked(
    'WdfIoQueueFindRequestFailed',
    'retrieveFoundRequest is called when findRequest has found one.',
    'look whether findRequest returned null',
  ),
  checked(
    'WdfIoQueueRetrieveFoundRequest',
    'retrieveFoundRequest gets what findRequest of the same queue found, once.',
    'find again before retrieving again',
  ),
  checked(
    'WdfIoQueueRetrieveNextRequest',
    'After findRequest the request is taken by retrieveFoundRequest, and not by retrieveNextRequest.',
    'use one of the two ways in a callback',
  ),
  checked(
    'FailD0EntryIoTargetState',
    'An I/O target that EvtDeviceD0Entry started is stopped when EvtDeviceD0Entry fails.',
    'stop the target before returning the failure',
  ),
  impossible(
    'FDOPowerPolicyOwnerAPI',
    'A function driver that gave up the power policy does not use it.',
    'a function device owns the power policy of its stack and cannot give it up',
  ),
  checked(
    'NonFDONotPowerPolicyOwnerAPI',
    'A driver that does not own the power policy (a filter, a bus) does not use it.',
    'leave idle and wake settings to the function driver',
  ),
  inapplicable(
    'NonPnPDrvPowerPolicyOwnerAPI',
    'A driver without Plug and Play does not use the power policy.',
    'every driver here has a Plug and Play device',
  ),
]
