/**
 * post-message-worker.ts: answers each message with one message: success, all bytes done.
 *
 * Runs on: a worker thread.
 */
import { parentPort } from 'node:worker_threads'
import { STATUS_SUCCESS } from './closed-loop.js'
import type { AnswerMessage, RequestMessage } from './post-message.js'

const port = parentPort!

port.on('message', (request: RequestMessage) => {
  const answer: AnswerMessage = [request[0], STATUS_SUCCESS, request[4]]
  port.postMessage(answer)
})
