/**
 * stage-thread.ts: a thread of a topology: runs one stage to the end.
 *
 * Runs on: a worker thread.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { StageRunner, type TopologyJob } from './stage-runner.js'

export interface StageJob {
  readonly job: TopologyJob
  readonly index: number
}

export interface StageAnswer {
  readonly events: number
  readonly result: number
}

const { job, index }: StageJob = workerData
const runner = new StageRunner(job, index)
parentPort!.postMessage('ready')
runner.run()
const { events, result } = runner.stage
const answer: StageAnswer = { events, result }
parentPort!.postMessage(answer)
