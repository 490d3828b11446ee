/**
 * task-pool.ts: what the task pools have in common here: one task a request, so many clients, each with its
 * next request as soon as the last one was answered.
 *
 * Runs on: the main thread of a child process.
 */
import type { Measurement, ScenarioContext } from '../scenario.js'
import { ClosedLoop, MAJOR_READ, lengthOf, offsetOf } from './closed-loop.js'

export interface TaskRequest {
  readonly major: number
  readonly device: number
  readonly offset: number
  readonly length: number
}

export interface TaskAnswer {
  readonly status: number
  readonly information: number
}

/** The part of a pool that is measured. */
export interface TaskPool {
  run(request: TaskRequest): PromiseLike<TaskAnswer>
  close(): PromiseLike<unknown>
}

export async function measureTaskPool(
  pool: TaskPool,
  depth: number,
  context: ScenarioContext,
): Promise<Measurement> {
  // One task through each worker first: starting up is no part of the warm-up.
  const first = { major: MAJOR_READ, device: 0, offset: 0, length: 0 }
  await Promise.all(Array.from({ length: context.options.workers }, () => pool.run(first)))
  const loop = new ClosedLoop(depth, context)
  const client = async (slot: number) => {
    let more = true
    while (more) {
      const id = loop.issue(slot)
      const request = {
        major: MAJOR_READ,
        device: 0,
        offset: offsetOf(id),
        length: lengthOf(id),
      }
      const { status, information } = await pool.run(request)
      more = loop.complete(id, status, information)
    }
  }
  const clients = Promise.all(Array.from({ length: depth }, (_, slot) => client(slot)))
  const [measurement] = await Promise.all([loop.finished(), clients])
  await pool.close()
  return measurement
}
