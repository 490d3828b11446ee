/**
 * A promise with a deadline, for control calls to threads that may hang. Runs on: main.
 */
import { MAX_TIMER_MS } from '../abi/timer-limit.js'

/** What the promise resolves with, or undefined: it rejected, or took longer than `ms`. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  if (ms > MAX_TIMER_MS) return promise.catch(() => undefined)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  const settled = promise.catch(() => undefined)
  try {
    return await Promise.race([settled, late])
  } finally {
    clearTimeout(timer)
  }
}
