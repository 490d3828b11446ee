/**
 * Watch hardware: callbacks of interrupts, DPCs, timers, work items and DMA, with the levels at which they run.
 * Runs on: worker.
 */
import type { DeviceHardware } from '../framework/device-hardware.js'
import type { DmaTransaction, EvtProgramDma } from '../framework/dma-transaction.js'
import type { InterruptConfig } from '../framework/interrupt-config.js'
import { type CallbackKind, currentActivation, DIRQL, DISPATCH, PASSIVE } from './activation.js'
import { interpose } from './interpose.js'
import { checkDispatchHere, checkPassiveHere } from './levels.js'
import type { Verifier } from './verifier.js'
import { watchInterruptLock } from './watch-lock.js'
import type { WatchedDevice } from './watched-device.js'

export function watchHardware(
  verifier: Verifier,
  hardware: DeviceHardware,
  watched: WatchedDevice,
): void {
  watchInterrupts(verifier, hardware, watched)
  watchDma(verifier, hardware, watched)
  const { callbacks, injection } = verifier
  interpose(verifier, hardware, 'createDpc', (proceed, config) => {
    checkDispatchHere(verifier, 'createDpc')
    injection.allocate('a DPC')
    return proceed(
      callbacks.wrapAll(
        watched,
        config,
        () => 'other',
        () => DISPATCH,
      ),
    )
  })
  interpose(verifier, hardware, 'createTimer', (proceed, config) => {
    checkDispatchHere(verifier, 'createTimer')
    injection.allocate('a timer')
    const level = config?.executionLevel === 'passive' ? PASSIVE : DISPATCH
    const timer = proceed(
      callbacks.wrapAll(
        watched,
        config,
        () => 'other',
        () => level,
      ),
    )
    interpose(verifier, timer, 'stopAndWait', (stop) => {
      checkPassiveHere(verifier, 'stopAndWait')
      return stop()
    })
    return timer
  })
  interpose(verifier, hardware, 'createWorkItem', (proceed, config) => {
    checkDispatchHere(verifier, 'createWorkItem')
    injection.allocate('a work item')
    const workItem = proceed(callbacks.wrapAll(watched, config))
    interpose(verifier, workItem, 'flush', (flush) => {
      checkPassiveHere(verifier, 'flush')
      return flush()
    })
    return workItem
  })
}

function watchInterrupts(
  verifier: Verifier,
  hardware: DeviceHardware,
  watched: WatchedDevice,
): void {
  const { callbacks, injection } = verifier
  interpose(verifier, hardware, 'createInterrupt', (proceed, config) => {
    checkPassiveHere(verifier, 'createInterrupt')
    injection.allocate('an interrupt')
    const levelOf = (name: string): number => interruptLevel(name, config)
    const kindOf = (name: string): CallbackKind => (levelOf(name) === DIRQL ? 'isr' : 'other')
    const interrupt = proceed(callbacks.wrapAll(watched, config, kindOf, levelOf))
    watchInterruptLock(verifier, interrupt)
    const level = config.passiveHandling === true ? PASSIVE : DIRQL
    interpose(verifier, interrupt, 'synchronize', (synchronize, callback, context) =>
      synchronize(
        callbacks.wrap(watched, 'EvtInterruptSynchronize', callback, 'isr', level),
        context,
      ),
    )
    return interrupt
  })
}

function interruptLevel(name: string, config: InterruptConfig): number {
  if (name === 'EvtInterruptDpc') return DISPATCH
  if (name === 'EvtInterruptWorkItem' || config.passiveHandling === true) return PASSIVE
  return DIRQL
}

function watchDma(verifier: Verifier, hardware: DeviceHardware, watched: WatchedDevice): void {
  const { callbacks, injection } = verifier
  interpose(verifier, hardware, 'createCommonBuffer', (proceed, byteLength, alignment) => {
    checkPassiveHere(verifier, 'createCommonBuffer')
    injection.allocate('a common buffer')
    return proceed(byteLength, alignment)
  })
  interpose(verifier, hardware, 'createDmaEnabler', (proceed, config) => {
    checkPassiveHere(verifier, 'createDmaEnabler')
    injection.allocate('a DMA enabler')
    const enabler = proceed(callbacks.wrapAll(watched, config))
    interpose(verifier, enabler, 'createTransaction', (create) => {
      checkDispatchHere(verifier, 'createTransaction')
      injection.allocate('a DMA transaction')
      const transaction = create()
      watchTransaction(verifier, transaction, watched)
      return transaction
    })
    return enabler
  })
}

function watchTransaction(
  verifier: Verifier,
  transaction: DmaTransaction,
  watched: WatchedDevice,
): void {
  const { callbacks, requests } = verifier
  const wrap = (EvtProgramDma: EvtProgramDma): EvtProgramDma =>
    callbacks.wrap(watched, 'EvtProgramDma', EvtProgramDma, 'other', DISPATCH)
  interpose(verifier, transaction, 'initializeUsingRequest', (proceed, request, evt, direction) => {
    requests.useOf(request)?.flushBuffers()
    return proceed(requests.real(request), wrap(evt), direction)
  })
  interpose(verifier, transaction, 'initialize', (proceed, evt, ...rest) =>
    proceed(wrap(evt), ...rest),
  )
  let { request } = transaction
  Object.defineProperty(transaction, 'request', {
    get: () =>
      request === null || currentActivation() === null ? request : requests.show(request, watched),
    set: (value: DmaTransaction['request']) => {
      request = value
    },
  })
}
