/**
 * A promise with a deadline, for control calls to threads that may hang. Runs on: main.
 */

/** Node's timers end at once for more. */
const MAX_TIMER_MS = 2 ** 31 - 1

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
