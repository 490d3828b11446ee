/** Event loop turn: lets timers, promises and immediates of this thread run. Runs on: the test's own thread. */
export function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
