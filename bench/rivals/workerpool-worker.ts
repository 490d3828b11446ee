/**
 * workerpool-worker.ts: the registered function: success, all bytes done.
 *
 * Runs on: a worker of workerpool's.
 */
import workerpool from 'workerpool'
import read from './pool-task.js'

workerpool.worker({ read })
