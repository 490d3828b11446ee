/**
 * Calls something that may answer nothing, a status, a promise or steps, or throw, and makes a status of it.
 * Runs on: the device's home worker, inside entry functions. A synchronous answer stays synchronous.
 */
import { STATUS_SUCCESS, STATUS_UNSUCCESSFUL } from '../../abi/ntstatus.js'
import { failureStatusOf } from '../errors.js'
import { isThenable, type Steps } from './state-machine.js'

/** Answer of a step that may fail: nothing is success. */
// oxlint-disable-next-line typescript/no-invalid-void-type
export type HostStatus = void | number | Promise<void | number> | Steps<number>
/** Answer of a step that cannot fail. */
// oxlint-disable-next-line typescript/no-invalid-void-type
export type HostDone = void | Promise<void> | Steps<number>

/** The call's status; STATUS_UNSUCCESSFUL or the error's own when it throws, and `threw` is told. */
export function* statusOfCall(
  call: () => HostStatus | undefined,
  threw?: (error: unknown) => void,
): Steps<number> {
  try {
    const answer = call()
    let status: unknown = answer
    if (isSteps(answer)) status = yield* answer
    else if (isThenable(answer)) status = yield answer
    return typeof status === 'number' ? status | 0 : STATUS_SUCCESS
  } catch (error) {
    threw?.(error)
    return failureStatusOf(error) ?? STATUS_UNSUCCESSFUL
  }
}

function isSteps(value: unknown): value is Steps<number> {
  return typeof (value as { next?: unknown } | null | undefined)?.next === 'function'
}

/** Runs steps from outside a machine; the answer is a promise only when one of them was. */
export function runSteps<Result>(steps: Steps<Result>): Result | Promise<Result> {
  const goOn = (at: IteratorResult<unknown, Result>): Result | Promise<Result> => {
    let now = at
    while (now.done !== true) {
      if (isThenable(now.value)) {
        return Promise.resolve(now.value).then(
          (value) => goOn(steps.next(value)),
          (error: unknown) => goOn(steps.throw(error)),
        )
      }
      now = steps.next(now.value)
    }
    return now.value
  }
  return goOn(steps.next())
}
