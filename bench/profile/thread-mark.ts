/**
 * thread-mark.ts: leaves a thread's id in its own V8 log, as the name of a script without effect.
 *
 * Runs on: every thread of a profiled process, before anything else (`--import`, which workers inherit).
 */
import vm from 'node:vm'
import { threadId } from 'node:worker_threads'
import { THREAD_MARK } from './thread-role.js'

vm.runInThisContext('undefined', { filename: `${THREAD_MARK}${threadId}` })
