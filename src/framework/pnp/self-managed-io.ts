/**
 * Self-managed I/O of a device: which of its five callbacks is due. Runs on: the device's home worker, inside
 * entry functions of the other machines; it has no queue. Source: kmdf.md 6.9.
 */
import { isSuccess, STATUS_SUCCESS } from '../../abi/ntstatus.js'
import type { PowerDeviceState } from '../pnp-power-callbacks.js'
import {
  CALLBACK_CALLED,
  CALLBACK_FAILED_IN_PRE,
  CALLBACK_SUCCEEDED,
  type CallbackOutcome,
  type CallbackRunner,
} from './callback-runner.js'
import type { DeviceCallbackName } from './device-callbacks.js'
import {
  SELF_MANAGED_IO_TABLE,
  type SelfManagedIoEvent,
  type SelfManagedIoState,
} from './self-managed-io-table.js'
import { type Steps } from './state-machine.js'
import { STAY } from './state-table.js'

const NOTHING_DONE: CallbackOutcome = { status: STATUS_SUCCESS, progress: CALLBACK_SUCCEEDED }
/** A callback before the driver's own failed: the driver has not started anything. */
const isBeforeDriver = (progress: number): boolean => progress === CALLBACK_FAILED_IN_PRE
const isAfterDriver = (progress: number): boolean => progress > CALLBACK_CALLED

type Answer = readonly [next: SelfManagedIoState | typeof STAY, outcome: CallbackOutcome]

export class SelfManagedIo {
  readonly #runner: CallbackRunner
  #state: SelfManagedIoState = 'Created'

  constructor(runner: CallbackRunner) {
    this.#runner = runner
  }

  get state(): SelfManagedIoState {
    return this.#state
  }

  /** The device is in D0: EvtDeviceSelfManagedIoInit the first time, then …Restart. */
  start(): Steps<CallbackOutcome> {
    return this.#process('Start', 'D3Final')
  }

  /** The device is about to leave D0. */
  suspend(target: PowerDeviceState): Steps<CallbackOutcome> {
    return this.#process('Suspend', target)
  }

  flush(): Steps<CallbackOutcome> {
    return this.#process('Flush', 'D3Final')
  }

  cleanup(): Steps<CallbackOutcome> {
    return this.#process('Cleanup', 'D3Final')
  }

  *#process(event: SelfManagedIoEvent, target: PowerDeviceState): Steps<CallbackOutcome> {
    let outcome = NOTHING_DONE
    let next: SelfManagedIoState | typeof STAY =
      SELF_MANAGED_IO_TABLE[this.#state].on?.[event] ?? STAY
    while (next !== STAY) {
      this.#state = next
      ;[next, outcome] = yield* this.#enter(next, target, outcome)
    }
    return outcome
  }

  *#enter(
    state: SelfManagedIoState,
    target: PowerDeviceState,
    before: CallbackOutcome,
  ): Steps<Answer> {
    switch (state) {
      case 'Init': {
        const outcome = yield* this.#runner.run('EvtDeviceSelfManagedIoInit')
        if (isSuccess(outcome.status)) return ['Started', outcome]
        if (isBeforeDriver(outcome.progress)) return ['Created', outcome]
        return [isAfterDriver(outcome.progress) ? 'InitStartedFailedPost' : 'InitFailed', outcome]
      }
      case 'Restarting': {
        const outcome = yield* this.#runner.run('EvtDeviceSelfManagedIoRestart')
        if (isSuccess(outcome.status)) return ['Started', outcome]
        return [isAfterDriver(outcome.progress) ? 'RestartedFailedPost' : 'Failed', outcome]
      }
      case 'InitStartedFailedPost':
      case 'RestartedFailedPost':
        // The driver did start: it is suspended again, and the failure that led here is the one that counts.
        yield* this.#runner.run('EvtDeviceSelfManagedIoSuspend', 'D3Final')
        return [state === 'InitStartedFailedPost' ? 'InitFailed' : 'Failed', before]
      case 'Suspending': {
        const outcome = yield* this.#runner.run('EvtDeviceSelfManagedIoSuspend', target)
        return [isSuccess(outcome.status) ? 'Stopped' : 'Failed', outcome]
      }
      case 'Flushing':
        return yield* this.#end('EvtDeviceSelfManagedIoFlush', 'Flushed')
      case 'Cleanup':
        return yield* this.#end('EvtDeviceSelfManagedIoCleanup', 'Final')
      default:
        return [STAY, before]
    }
  }

  *#end(name: DeviceCallbackName, next: SelfManagedIoState): Steps<Answer> {
    yield* this.#runner.run(name)
    return [next, NOTHING_DONE]
  }
}
