/**
 * piscina.ts: the rival most people reach for: a task pool, one task per request.
 *
 * Runs on: the main thread of a child process; the task is pool-task.ts.
 *
 * Both of its settings are shown, for the default runs one task at a time on a worker and is far slower at
 * no-op tasks than `concurrentTasksPerWorker: 64`. `atomics: 'sync'` is the default and was the best or
 * equal within noise; `recordTiming: false` is documented as the cheaper one.
 */
import type { Measurement, Scenario, ScenarioContext } from '../scenario.js'
import { measureTaskPool, type TaskAnswer, type TaskRequest } from './task-pool.js'

async function run(
  tasksPerWorker: number,
  depth: number,
  context: ScenarioContext,
): Promise<Measurement> {
  const { Piscina } = await import('piscina')
  const { workers } = context.options
  const pool = new Piscina<TaskRequest, TaskAnswer>({
    filename: new URL('./pool-task.js', import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: tasksPerWorker,
    atomics: 'sync',
    recordTiming: false,
  })
  const tasks = { run: (request: TaskRequest) => pool.run(request), close: () => pool.destroy() }
  return measureTaskPool(tasks, depth, context)
}

function scenario(tasksPerWorker: number, depth: number): Scenario {
  const tasks = tasksPerWorker === 1 ? 'one task' : `${tasksPerWorker} tasks`
  return {
    name: `rival/piscina-tasks-${tasksPerWorker}/depth-${depth}`,
    unit: 'IRP/s',
    group: 'rivals: what one would use instead',
    title: `Piscina, ${tasks} at a time per worker, ${depth} in flight`,
    quick: depth === 64,
    isExtra: depth !== 64,
    comparedWith: [`rival/post-message/depth-${depth}`],
    run: (context) => run(tasksPerWorker, depth, context),
  }
}

export const piscinaRivals: readonly Scenario[] = [
  scenario(1, 64),
  scenario(1, 1024),
  scenario(64, 64),
  scenario(64, 1024),
]
