/**
 * tinypool.ts: Piscina's small fork, one task per request.
 *
 * Runs on: the main thread of a child process; the task is pool-task.ts.
 *
 * Worker threads (its default), Atomics, and 64 tasks at a time on a worker, which is several times as fast
 * at no-op tasks as its default of one.
 */
import type { Measurement, Scenario, ScenarioContext, Skipped } from '../scenario.js'
import { loadRival } from './load-rival.js'
import { measureTaskPool, type TaskAnswer, type TaskRequest } from './task-pool.js'

const DEPTH = 64
const TASKS_PER_WORKER = 64

async function run(context: ScenarioContext): Promise<Measurement | Skipped> {
  const loaded = await loadRival('tinypool', () => import('tinypool'))
  if ('skipped' in loaded) return loaded
  const { workers } = context.options
  const pool = new loaded.Tinypool({
    filename: new URL('./pool-task.js', import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: TASKS_PER_WORKER,
    useAtomics: true,
  })
  const tasks = {
    run: (request: TaskRequest): Promise<TaskAnswer> => pool.run(request),
    close: () => pool.destroy(),
  }
  return measureTaskPool(tasks, DEPTH, context)
}

export const tinypoolRivals: readonly Scenario[] = [
  {
    name: `rival/tinypool-tasks-${TASKS_PER_WORKER}/depth-${DEPTH}`,
    unit: 'IRP/s',
    group: 'rivals: what one would use instead',
    title: `Tinypool, ${TASKS_PER_WORKER} tasks at a time per worker, ${DEPTH} in flight`,
    comparedWith: [`rival/post-message/depth-${DEPTH}`],
    run,
  },
]
