/**
 * recorder.ts: what the in-flight recorder costs: a record, and how many of them a request makes.
 *
 * Runs on: the main thread of bench/micro/main.ts.
 * The records of requests are counted, not taken on trust: the number stands in the row's name.
 */
import { RECORD_DEVICE_ADDED, RECORDER_BYTES } from '../../src/abi/recorder-layout.js'
import { readRecords, Recorder } from '../../src/observe/in-flight-recorder.js'
import { drivers } from '../../src/pairs/drivers.js'
import { timeStep } from './dispatch.js'
import { expectCount, type Micro } from './micro.js'
import { DEPTH, SteppedHost } from './stepped-host.js'

const OPERATIONS = 4096
const ROUNDS = 100

/** Records that requests of the null driver make. */
async function countRecords(requests: number): Promise<number> {
  let records = 0
  const host = await SteppedHost.start(drivers.null, {}, 1, () => void records++)
  if (records === 0) throw new Error('nothing is recorded at all')
  records = 0
  // The same calls as in the dispatch rows, which must not be measured behind others.
  for (let done = 0; done < requests; done += DEPTH) timeStep(host, 0)
  return records
}

export async function recorderMicros(): Promise<readonly Micro[]> {
  const requests = ROUNDS * DEPTH
  const records = await countRecords(requests)
  const memory = new SharedArrayBuffer(RECORDER_BYTES)
  const recorder = new Recorder(memory, performance.timeOrigin)
  return [
    {
      name: `in-flight recorder: a record (${requests} requests made ${records} of them)`,
      operations: OPERATIONS,
      run() {
        const [before] = readRecords(memory, String, 1)
        for (let i = 0; i < OPERATIONS; i++) recorder.write(RECORD_DEVICE_ADDED, i)
        const [after] = readRecords(memory, String, 1)
        expectCount((after?.number ?? 0) - (before?.number ?? 0), OPERATIONS, 'records')
        return undefined
      },
    },
  ]
}
