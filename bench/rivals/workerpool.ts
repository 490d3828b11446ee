/**
 * workerpool.ts: the pool with the longest history, one call of a registered function per request.
 *
 * Runs on: the main thread of a child process; the function is in workerpool-worker.ts.
 *
 * Worker threads and a script of its own, as its documentation advises for speed; a worker has one task at a
 * time, there is no setting for more.
 */
import { fileURLToPath } from 'node:url'
import type { Measurement, Scenario, ScenarioContext, Skipped } from '../scenario.js'
import { loadRival } from './load-rival.js'
import { measureTaskPool, type TaskAnswer, type TaskRequest } from './task-pool.js'

const DEPTH = 64

/** What is used of its pools; its own promises are thenables. */
interface WorkerPool {
  exec(name: string, parameters: readonly unknown[]): PromiseLike<TaskAnswer>
  terminate(): PromiseLike<unknown>
}

async function run(context: ScenarioContext): Promise<Measurement | Skipped> {
  const loaded = await loadRival('workerpool', () => import('workerpool'))
  if ('skipped' in loaded) return loaded
  const { workers } = context.options
  const script = fileURLToPath(new URL('./workerpool-worker.js', import.meta.url))
  const options = { workerType: 'thread', minWorkers: workers, maxWorkers: workers } as const
  const pool = loaded.default.pool(script, options) as unknown as WorkerPool
  const tasks = {
    run: (request: TaskRequest) => pool.exec('read', [request]),
    close: () => pool.terminate(),
  }
  return measureTaskPool(tasks, DEPTH, context)
}

export const workerpoolRivals: readonly Scenario[] = [
  {
    name: `rival/workerpool/depth-${DEPTH}`,
    unit: 'IRP/s',
    group: 'rivals: what one would use instead',
    title: `workerpool, worker threads, ${DEPTH} in flight`,
    comparedWith: [`rival/post-message/depth-${DEPTH}`],
    run,
  },
]
