/**
 * piscina.ts: the rival most people reach for: a task pool, one task per request.
 *
 * Runs on: the main thread of a child process; the task is piscina-task.ts.
 *
 * Both of its settings are shown, for the default runs one task at a time on a worker and is far slower at
 * no-op tasks than `concurrentTasksPerWorker: 64`. `atomics: 'sync'` is the default and was the best or
 * equal within noise; `recordTiming: false` is documented as the cheaper one.
 */
import type { Measurement, Scenario, ScenarioContext } from '../scenario.js'
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

async function run(
  tasksPerWorker: number,
  depth: number,
  context: ScenarioContext,
): Promise<Measurement> {
  const { Piscina } = await import('piscina')
  const { workers } = context.options
  const pool = new Piscina<TaskRequest, TaskAnswer>({
    filename: new URL('./piscina-task.js', import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: tasksPerWorker,
    atomics: 'sync',
    recordTiming: false,
  })
  // One task through each worker first: starting up is no part of the warm-up.
  const first = { major: MAJOR_READ, device: 0, offset: 0, length: 0 }
  await Promise.all(Array.from({ length: workers }, () => pool.run(first)))
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
  await pool.destroy()
  return measurement
}

function scenario(tasksPerWorker: number, depth: number): Scenario {
  const tasks = tasksPerWorker === 1 ? 'one task' : `${tasksPerWorker} tasks`
  return {
    name: `rival/piscina-tasks-${tasksPerWorker}/depth-${depth}`,
    unit: 'IRP/s',
    group: 'rivals: what one would use instead',
    title: `Piscina, ${tasks} at a time per worker, ${depth} in flight`,
    quick: depth === 64,
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
