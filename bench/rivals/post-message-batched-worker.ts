/**
 * post-message-batched-worker.ts: answers a message full of requests with a message full of answers.
 *
 * Runs on: a worker thread.
 */
import { parentPort } from 'node:worker_threads'
import { STATUS_SUCCESS } from './closed-loop.js'
import { ANSWER_WORDS, REQUEST_WORDS } from './post-message-batched.js'

const port = parentPort!

port.on('message', (requests: Int32Array) => {
  const count = requests.length / REQUEST_WORDS
  const answers = new Int32Array(count * ANSWER_WORDS)
  for (let index = 0; index < count; index++) {
    answers[index * ANSWER_WORDS] = requests[index * REQUEST_WORDS]!
    answers[index * ANSWER_WORDS + 1] = STATUS_SUCCESS
    answers[index * ANSWER_WORDS + 2] = requests[index * REQUEST_WORDS + 4]!
  }
  port.postMessage(answers)
})
