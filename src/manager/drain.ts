/**
 * Drain: whether everything that was accepted has ended. Runs on: main, while the engine stops.
 */
import { within } from '../workers/within.js'
import type { ChannelRegistry } from './channel-registry.js'
import type { WorkerSet } from './worker-set.js'

const POLL_MS = 2

/** Waits until no worker holds a request and none waits in a ring; false after `timeoutMs`. */
export async function drained(
  workers: WorkerSet,
  channels: ChannelRegistry,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    let busy = channels.own.some((channel) => channel.calls.outstanding > 0)
    for (let worker = 0; worker < workers.count; worker++) {
      if (workers.hasFailed(worker)) continue
      const answer = workers.call(worker, (control) => control.outstanding())
      const state = await within(Math.max(1, deadline - performance.now()), answer)
      if (state === undefined) busy = true
      else busy ||= state.held > 0 || state.waiting
    }
    if (!busy) return true
    if (performance.now() >= deadline) return false
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
