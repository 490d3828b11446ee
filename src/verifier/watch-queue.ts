/**
 * Watch queue: the callbacks of an I/O queue, its changes of state, and how its driver takes requests out of it.
 * Runs on: worker.
 */
import { STATUS_INSUFFICIENT_RESOURCES } from '../abi/ntstatus.js'
import type { ForwardProgressPolicy } from '../framework/forward-progress.js'
import type { IoQueue } from '../framework/io-queue.js'
import {
  type EvtIoStop,
  type IoQueueConfig,
  WdfRequestStopActionSuspend,
} from '../framework/io-queue-config.js'
import type { EvtIoQueueState } from '../framework/io-queue-state.js'
import { type CallbackKind, currentActivation } from './activation.js'
import { interpose } from './interpose.js'
import { checkPassiveHere } from './levels.js'
import type { Verifier } from './verifier.js'
import { watchRetrieval } from './watch-retrieval.js'
import type { WatchedDevice } from './watched-device.js'

const KINDS: Readonly<Record<string, CallbackKind>> = { EvtIoStop: 'stop', EvtIoResume: 'resume' }

/** The configuration with callbacks that are watched, and an EvtIoStop that tells of a missing one. */
export function watchQueueConfig(
  verifier: Verifier,
  config: IoQueueConfig,
  watched: WatchedDevice,
): IoQueueConfig {
  if (typeof config !== 'object' || config === null) return config
  const { callbacks } = verifier
  let queue: IoQueue | null = null
  const wrapped = Object.entries(config).map(([name, value]) => {
    if (typeof value !== 'function' || !name.startsWith('Evt')) return [name, value as unknown]
    const callback = callbacks.ofQueue(
      watched,
      name,
      value as (...all: unknown[]) => unknown,
      KINDS[name] ?? 'io',
      () => queue,
    )
    const known = (...args: unknown[]): unknown => {
      queue = args[0] as IoQueue
      return callback(...args)
    }
    return [name, known]
  })
  const watchedConfig = Object.fromEntries(wrapped) as unknown as IoQueueConfig
  if (config.EvtIoStop !== undefined || config.powerManaged === false) return watchedConfig
  return { ...watchedConfig, EvtIoStop: callbacks.standsIn(missingStop(verifier, watched)) }
}

/** The driver is not asked: told when its requests keep the device from going down for long. */
function missingStop(verifier: Verifier, watched: WatchedDevice): EvtIoStop {
  return (queue, request, actionFlags) => {
    if ((actionFlags & WdfRequestStopActionSuspend) === 0) return
    const use = verifier.requests.useFor(request, watched)
    setTimeout(() => {
      if (use.isOver || use.place === 'queue' || !queue.power.isWaiting) return
      verifier.violation(
        'DrvAckIoStop',
        'its driver keeps the device from going down, and its queue has no EvtIoStop',
        { use, site: use.lastSite, isLate: true },
      )
    }, verifier.settings.stopPatienceMs)
  }
}

export function watchQueue(verifier: Verifier, queue: IoQueue, watched: WatchedDevice): void {
  watchState(verifier, queue, watched)
  watchRetrieval(verifier, queue, watched)
  const { callbacks } = verifier
  interpose(verifier, queue, 'readyNotify', (proceed, queueReady) =>
    proceed(
      typeof queueReady === 'function'
        ? callbacks.ofQueue(watched, 'EvtIoQueueState', queueReady, 'other', () => queue)
        : queueReady,
    ),
  )
  interpose(verifier, queue, 'assignForwardProgressPolicy', (proceed, policy) => {
    proceed(watchPolicy(verifier, policy, watched))
  })
}

function watchState(verifier: Verifier, queue: IoQueue, watched: WatchedDevice): void {
  const { callbacks } = verifier
  let underWay: string | null = null
  const check = (change: string): void => {
    const activation = currentActivation()
    if (activation?.info.kind === 'surprise-removal') {
      const message = `${change} was called in EvtDeviceSurpriseRemoval`
      verifier.violation('EvtSurpriseRemoveNoSuspendQueue', message, { watched })
    } else if (underWay !== null || activation?.changedQueues.has(queue) === true) {
      const before = underWay ?? 'another change in the same callback'
      const message = `${change} was called while ${before} was under way`
      verifier.violation('ChangeQueueState', message, { watched })
    }
    activation?.changedQueues.add(queue)
  }
  /** The driver's callback, or none, with the change known to be over. */
  const ended = (
    change: string,
    done: EvtIoQueueState | null | undefined,
  ): EvtIoQueueState | null => {
    if (typeof done !== 'function') return null
    underWay = change
    return callbacks.ofQueue(
      watched,
      'EvtIoQueueState',
      (owner: IoQueue) => {
        underWay = null
        done(owner)
      },
      'other',
      () => queue,
    )
  }
  for (const change of ['stop', 'stopAndPurge', 'drain', 'purge'] as const) {
    interpose(verifier, queue, change, (proceed, done) => {
      check(change)
      proceed(ended(change, done))
    })
    const method = `${change}Synchronously` as const
    interpose(verifier, queue, method, (proceed) => {
      check(method)
      checkPassiveHere(verifier, method)
      underWay = method
      return proceed().finally(() => {
        underWay = null
      })
    })
  }
  interpose(verifier, queue, 'start', (proceed) => {
    currentActivation()?.changedQueues.delete(queue)
    proceed()
  })
}

/** Allocations of resources fail here, too: the way that they are for. */
function watchPolicy(
  verifier: Verifier,
  policy: ForwardProgressPolicy,
  watched: WatchedDevice,
): ForwardProgressPolicy {
  const wrapped = verifier.callbacks.wrapAll(watched, policy)
  const { EvtIoAllocateRequestResources: allocate } = wrapped ?? {}
  if (allocate === undefined) return wrapped
  return {
    ...wrapped,
    EvtIoAllocateRequestResources: (queue, request) =>
      verifier.injection.fails() ? STATUS_INSUFFICIENT_RESOURCES : allocate(queue, request),
  }
}
