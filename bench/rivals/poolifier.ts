/**
 * poolifier.ts: a pool of fixed size, one task per request.
 *
 * Runs on: the main thread of a child process; the task is in poolifier-worker.ts.
 *
 * Its statistics, restarts and events are off where they can be. Without its task queue (the default) a task
 * goes to its worker at once, which is its fastest way for tasks that take no time.
 */
import { fileURLToPath } from 'node:url'
import type { Measurement, Scenario, ScenarioContext, Skipped } from '../scenario.js'
import { loadRival } from './load-rival.js'
import { measureTaskPool, type TaskAnswer, type TaskRequest } from './task-pool.js'

const DEPTH = 64

async function run(context: ScenarioContext): Promise<Measurement | Skipped> {
  const loaded = await loadRival('poolifier', () => import('poolifier'))
  if ('skipped' in loaded) return loaded
  const { FixedThreadPool, WorkerChoiceStrategies } = loaded
  const script = fileURLToPath(new URL('./poolifier-worker.js', import.meta.url))
  const pool = new FixedThreadPool<TaskRequest, TaskAnswer>(context.options.workers, script, {
    workerChoiceStrategy: WorkerChoiceStrategies.ROUND_ROBIN,
    enableEvents: false,
  })
  const tasks = {
    run: (request: TaskRequest) => pool.execute(request),
    close: () => pool.destroy(),
  }
  return measureTaskPool(tasks, DEPTH, context)
}

export const poolifierRivals: readonly Scenario[] = [
  {
    name: `rival/poolifier/depth-${DEPTH}`,
    unit: 'IRP/s',
    group: 'rivals: what one would use instead',
    title: `poolifier, fixed thread pool, ${DEPTH} in flight`,
    comparedWith: [`rival/post-message/depth-${DEPTH}`],
    run,
  },
]
