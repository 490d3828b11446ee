/** Producer thread: a host on a thread of its own, until it has reported. Runs on: the test's own thread. */
import { Worker } from 'node:worker_threads'
import type { ProducerData, ProducerReport } from '../fixtures/threads/producer.js'
import { threadScript } from './built.js'

export function runProducer(data: ProducerData): Promise<ProducerReport> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(threadScript('producer'), { workerData: data })
    let report: ProducerReport | undefined
    thread.on('message', (message: ProducerReport) => {
      report = message
    })
    thread.on('error', reject)
    thread.on('exit', (exitCode) => {
      if (report === undefined) reject(new Error(`the producer ended with ${exitCode}, no report`))
      else resolve(report)
    })
  })
}
