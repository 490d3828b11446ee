/**
 * Statistics filter: counts what passes a level of a device stack, and how long the levels below take for it.
 * Asked by IOCTL_STATS_QUERY (abi/filter-ioctl) or, from a host, by `queryStatistics(file)`; everything else goes
 * down and comes back as it was. Runs on: worker. No parameters. Allocates nothing per request once warm.
 */
import {
  defineDriver,
  IOCTL_STATS_QUERY,
  IRP_MJ_FLUSH_BUFFERS,
  type CompletionParams,
  type Device,
  type IoQueue,
  type IoTarget,
  type Request,
  STATS_BYTES,
  STATUS_SUCCESS,
} from '../../index.js'
import { PassageCounters, type Passage } from './passage-counters.js'

function countersOf(device: Device): PassageCounters {
  return device.context['counters'] as PassageCounters
}

function statsPassDown(device: Device, request: Request): void {
  const counters = countersOf(device)
  const passage = counters.begin(request.majorFunction, performance.now())
  request.formatRequestUsingCurrentType()
  request.setCompletionRoutine(statsEvtRequestCompletion, passage)
  if (request.send(device.ioTarget)) return
  const status = request.getStatus()
  counters.end(passage, status, 0, performance.now())
  request.complete(status)
}

function statsEvtRequestCompletion(
  request: Request,
  _target: IoTarget,
  { status, information }: CompletionParams,
  passage: unknown,
): void {
  const { counters } = passage as Passage
  counters.end(passage as Passage, status, information, performance.now())
  request.completeWithInformation(status, information)
}

function statsEvtIoDefault(queue: IoQueue, request: Request): void {
  statsPassDown(queue.device, request)
}

function statsEvtIoDeviceControl(
  queue: IoQueue,
  request: Request,
  _outputBufferLength: number,
  _inputBufferLength: number,
  ioControlCode: number,
): void {
  if (ioControlCode !== IOCTL_STATS_QUERY) {
    statsPassDown(queue.device, request)
    return
  }
  countersOf(queue.device).write(request.retrieveOutputBuffer(STATS_BYTES))
  request.completeWithInformation(STATUS_SUCCESS, STATS_BYTES)
}

export default defineDriver({
  EvtDriverDeviceAdd(_driver, deviceInit) {
    deviceInit.setFilter()
    // Not queued by KMDF: it comes past the queues, and is counted all the same.
    deviceInit.assignWdmIrpPreprocessCallback(IRP_MJ_FLUSH_BUFFERS, statsPassDown)
    const device = deviceInit.createDevice({
      synchronizationScope: 'device',
      context: { counters: new PassageCounters() },
    })
    device.createIoQueue({
      dispatchType: 'parallel',
      defaultQueue: true,
      allowZeroLengthRequests: true,
      EvtIoDefault: statsEvtIoDefault,
      EvtIoDeviceControl: statsEvtIoDeviceControl,
    })
  },
})
