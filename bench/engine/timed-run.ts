/**
 * timed-run.ts: warm-up and measured window of a load that runs in turns on the submitting thread.
 *
 * Runs on: the main thread of a child process.
 *
 * The event loop gets a turn every few milliseconds, as it would in a program that lives: an engine that
 * kept it from turning would look faster than anybody could use it.
 */
import type { Window, WindowFigures } from '../measurement-window.js'
import type { ScenarioContext } from '../scenario.js'

export interface TimedLoad extends Window {
  /** Does a little work, well below a millisecond, and returns. */
  readonly turns: () => void
  /** Requests completed since the start. */
  readonly completed: () => number
}

const EVENT_LOOP_EVERY_MS = 5

/** Runs the load through warm-up and window. What is in flight at the end is the caller's to drain. */
export async function runTimed(
  load: TimedLoad,
  { warmupMs, durationMs }: ScenarioContext,
): Promise<WindowFigures & { readonly operations: number }> {
  await spend(warmupMs, load.turns)
  const before = load.completed()
  load.begin()
  await spend(durationMs, load.turns)
  const figures = load.end()
  return { ...figures, operations: load.completed() - before }
}

async function spend(durationMs: number, turns: () => void): Promise<void> {
  const endMs = performance.now() + durationMs
  while (performance.now() < endMs) {
    spendUntil(Math.min(endMs, performance.now() + EVENT_LOOP_EVERY_MS), turns)
    await eventLoopTurn()
  }
}

function spendUntil(endMs: number, turns: () => void): void {
  while (performance.now() < endMs) turns()
}

export function eventLoopTurn(): Promise<void> {
  return new Promise(function afterEventLoopTurn(resolve) {
    setImmediate(resolve)
  })
}
