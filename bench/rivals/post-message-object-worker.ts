/**
 * post-message-object-worker.ts: answers each object with an object: success, all bytes done.
 *
 * Runs on: a worker thread.
 */
import { parentPort } from 'node:worker_threads'
import { STATUS_SUCCESS } from './closed-loop.js'
import type { AnswerObject, RequestObject } from './post-message-object.js'

const port = parentPort!

port.on('message', ({ id, length }: RequestObject) => {
  const answer: AnswerObject = { id, status: STATUS_SUCCESS, information: length }
  port.postMessage(answer)
})
