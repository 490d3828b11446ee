/**
 * route-table.ts: what finding a request's queue costs when every request is for another device than the last.
 *
 * Runs on: the main thread of bench/micro/main.ts.
 *
 * The table is looked up inside the turn and nowhere else, so turns are timed: what more devices cost beyond
 * one is the route table's part, and that of the queues' memory behind it.
 */
import { drivers } from '../../src/pairs/drivers.js'
import { expectCount, type Micro } from './micro.js'
import { DEPTH, SteppedHost } from './stepped-host.js'

/** Powers of two, at most one a request. */
const DEVICES = [1, 32, DEPTH]

const batches = { failures: 0 }

function countFailures(batch: Int32Array, count: number): void {
  for (let i = 0; i < count; i++) if (batch[4 * i + 1] !== 0) batches.failures++
}

function timeTurn(host: SteppedHost): number {
  expectCount(host.submitAll(), DEPTH, 'requests accepted')
  const startMs = performance.now()
  expectCount(host.pollAll(), DEPTH, 'requests dispatched')
  const endMs = performance.now()
  expectCount(host.reapAll(countFailures), DEPTH, 'completions')
  expectCount(batches.failures, 0, 'failures')
  return endMs - startMs
}

export async function routeTableMicros(): Promise<readonly Micro[]> {
  const micros: Micro[] = []
  for (const devices of DEVICES) {
    const host = await SteppedHost.start(drivers.null, {}, devices)
    micros.push({
      name: `route table: a turn, its reads for ${devices} device(s) in turn`,
      operations: DEPTH,
      run: () => timeTurn(host),
    })
  }
  return micros
}
