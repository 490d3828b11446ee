/**
 * Ways to die: what ends a worker's thread, and the control code by which a driver of a chaos run does it.
 * Runs on: any thread; the codes are carried out on the worker.
 */
import {
  ctlCode,
  FILE_ANY_ACCESS,
  FILE_DEVICE_UNKNOWN,
  METHOD_BUFFERED,
  type Request,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_SUCCESS,
} from '../../src/index.js'

/** Ended from main, where it stands; the others are done by the driver. */
export const TERMINATE = 'terminate from main'

export const WAYS_TO_DIE = [
  TERMINATE,
  'throw outside of a handler',
  'process.exit',
  'unhandled rejection',
  'out of memory',
  'endless loop',
  'wait that nobody ends',
  'exit of its successor while it starts',
] as const

/** Those that the watchdog has to find. */
export const HANGING_WAYS: ReadonlySet<WayToDie> = new Set([
  'endless loop',
  'wait that nobody ends',
])

export type WayToDie = (typeof WAYS_TO_DIE)[number]

export function codeOf(way: WayToDie): number {
  const functionCode = 0x840 + WAYS_TO_DIE.indexOf(way)
  return ctlCode(FILE_DEVICE_UNKNOWN, functionCode, METHOD_BUFFERED, FILE_ANY_ACCESS)
}

/** Ends this thread. `deathsAtStart`: a shared word, how many successors shall die while they start. */
export function die(request: Request, code: number, deathsAtStart: Int32Array): void {
  switch (WAYS_TO_DIE.find((way) => codeOf(way) === code)) {
    case 'throw outside of a handler':
      setTimeout(() => {
        throw new Error('thrown outside of a handler')
      }, 1)
      request.complete(STATUS_SUCCESS)
      break
    case 'unhandled rejection':
      setTimeout(() => void Promise.reject(new Error('rejected outside of a handler')), 1)
      request.complete(STATUS_SUCCESS)
      break
    case 'process.exit':
      process.exit(3)
      break
    case 'out of memory':
      exhaustMemory()
      break
    case 'endless loop':
      for (;;);
    // oxlint-disable-next-line no-fallthrough -- the loop never ends
    case 'wait that nobody ends':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
      break
    case 'exit of its successor while it starts':
      Atomics.add(deathsAtStart, 0, 1)
      process.exit(4)
      break
    default:
      request.complete(STATUS_INVALID_DEVICE_REQUEST)
  }
}

/** Many middle-sized arrays: a shape that Node contains in the worker (one huge array ends the process). */
function exhaustMemory(): never {
  const kept: number[][] = []
  for (;;) kept.push(Array.from<number>({ length: 100_000 }).fill(kept.length + 0.5))
}
