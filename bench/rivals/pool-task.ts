/**
 * pool-task.ts: the task of Piscina and Tinypool: success, all bytes done.
 *
 * Runs on: a worker of the pool's.
 */
import { STATUS_SUCCESS } from './closed-loop.js'
import type { TaskAnswer, TaskRequest } from './task-pool.js'

export default function read({ length }: TaskRequest): TaskAnswer {
  return { status: STATUS_SUCCESS, information: length }
}
