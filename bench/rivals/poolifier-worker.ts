/**
 * poolifier-worker.ts: the task: success, all bytes done.
 *
 * Runs on: a worker of poolifier's.
 */
import { ThreadWorker } from 'poolifier'
import read from './pool-task.js'
import type { TaskAnswer, TaskRequest } from './task-pool.js'

const EMPTY: TaskRequest = { major: 0, device: 0, offset: 0, length: 0 }

export default new ThreadWorker<TaskRequest, TaskAnswer>((request) => read(request ?? EMPTY))
