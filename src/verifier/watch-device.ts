/**
 * Watch device: what a driver does with its device, and everything that it makes of it. Runs on: worker.
 */
import { STATUS_SUCCESS } from '../abi/ntstatus.js'
import type { Device } from '../framework/device.js'
import type { Request } from '../framework/request.js'
import { currentActivation } from './activation.js'
import { callSite } from './call-site.js'
import { interpose, interposeGetter } from './interpose.js'
import { checkDispatchHere, checkPassiveHere } from './levels.js'
import type { Verifier } from './verifier.js'
import { watchHardware } from './watch-hardware.js'
import { watchLock, watchLocksOf } from './watch-lock.js'
import { watchQueue, watchQueueConfig } from './watch-queue.js'
import { watchTarget } from './watch-target.js'
import type { WatchedDevice } from './watched-device.js'

export function watchDevice(verifier: Verifier, device: Device, watched: WatchedDevice): void {
  const { injection, requests } = verifier
  interpose(verifier, device, 'createIoQueue', (proceed, config) => {
    checkDispatchHere(verifier, 'createIoQueue')
    injection.allocate('a queue')
    const queue = proceed(watchQueueConfig(verifier, config, watched))
    watched.queueSites.set(queue, callSite())
    watchQueue(verifier, queue, watched)
    return queue
  })
  interpose(verifier, device, 'createRequest', (proceed, ...args) => {
    checkDispatchHere(verifier, 'createRequest')
    injection.allocate('a request')
    const request = proceed(...args)
    const use = requests.useFor(request, watched)
    use.place = 'driver'
    use.note('createRequest')
    return requests.show(request, watched)
  })
  watchTargets(verifier, device)
  watchPolicy(verifier, device, watched)
  watchDispatch(verifier, device, watched)
  interpose(verifier, device, 'createSpinLock', (proceed, options) => {
    injection.allocate('a spin lock')
    return watchLock(verifier, proceed(options), 'spin')
  })
  interpose(verifier, device, 'createWaitLock', (proceed, options) => {
    injection.allocate('a wait lock')
    return watchLock(verifier, proceed(options), 'wait')
  })
  interpose(verifier, device, 'getSharedContext', (proceed, declaration) => {
    const context = proceed(declaration)
    watchLocksOf(verifier, context)
    return context
  })
  const hardware = new WeakSet<object>()
  interposeGetter(device, 'hardware', (value) => {
    if (hardware.has(value)) return
    hardware.add(value)
    watchHardware(verifier, value, watched)
  })
}

function watchTargets(verifier: Verifier, device: Device): void {
  const known = new WeakSet<object>()
  interposeGetter(device, 'ioTarget', (target) => {
    if (known.has(target)) return
    known.add(target)
    watchTarget(verifier, target)
  })
  interpose(verifier, device, 'createIoTarget', (proceed, ...args) => {
    checkPassiveHere(verifier, 'createIoTarget')
    verifier.injection.allocate('an I/O target')
    const target = proceed(...args)
    watchTarget(verifier, target)
    interpose(verifier, target, 'open', (open, name) => {
      checkPassiveHere(verifier, 'open')
      verifier.injection.allocate('a way to the device')
      return open(name)
    })
    return target
  })
}

function watchPolicy(verifier: Verifier, device: Device, watched: WatchedDevice): void {
  const check = (method: string): void => {
    checkPassiveHere(verifier, method)
    if (!device.isFilter && device.role !== 'bus') return
    const message = `${method} was called for a device that owns no power policy`
    verifier.violation('NonFDONotPowerPolicyOwnerAPI', message, { watched })
  }
  interpose(verifier, device, 'assignS0IdleSettings', (proceed, settings) => {
    check('assignS0IdleSettings')
    proceed(settings)
  })
  interpose(verifier, device, 'assignSxWakeSettings', (proceed, settings) => {
    check('assignSxWakeSettings')
    proceed(settings)
  })
  interpose(verifier, device, 'configureRequestDispatching', (proceed, queue, type) => {
    checkPassiveHere(verifier, 'configureRequestDispatching')
    proceed(queue, type)
  })
}

/** Requests on their way to a queue, past the driver's callbacks. */
function watchDispatch(verifier: Verifier, device: Device, watched: WatchedDevice): void {
  const { requests, callbacks } = verifier
  /** The request goes back to the Framework. */
  const leave = (handle: Request, what: string): Request => {
    const use = requests.useOf(handle)
    use?.note(what)
    use?.flushBuffers()
    if (use !== undefined) use.place = 'queue'
    return requests.real(handle)
  }
  interpose(verifier, device, 'enqueueRequest', (proceed, request) =>
    proceed(leave(request, 'enqueueRequest')),
  )
  interpose(verifier, device, 'dispatchPreprocessedIrp', (proceed, request) =>
    proceed(leave(request, 'dispatchPreprocessedIrp')),
  )
  interpose(verifier, device, 'wdmDispatchIrp', (proceed, request, context) =>
    proceed(leave(request, 'wdmDispatchIrp'), context),
  )
  interpose(verifier, device, 'wdmDispatchIrpToIoQueue', (proceed, request, queue) => {
    const use = requests.useOf(request)
    const subject = use === undefined ? { watched } : { use }
    if (currentActivation()?.info.kind !== 'dispatch') {
      const message =
        'wdmDispatchIrpToIoQueue was called outside of preprocess and dispatch callbacks'
      verifier.violation('FwdIrpToIoQueueValid', message, subject)
    } else if ((use?.request.extras?.completionRoutine ?? null) !== null) {
      const message = 'a request with a completion routine was dispatched to a queue'
      verifier.violation('SetCompletionRoutineFromDispatch', message, subject)
    }
    const status = proceed(leave(request, 'wdmDispatchIrpToIoQueue'), queue)
    if (status !== STATUS_SUCCESS && use !== undefined) use.place = 'driver'
    return status
  })
  interpose(
    verifier,
    device,
    'configureWdmIrpDispatchCallback',
    (proceed, type, callback, context) =>
      proceed(
        type,
        callbacks.wrap(watched, 'EvtDeviceWdmIrpDispatch', callback, 'dispatch'),
        context,
      ),
  )
}
