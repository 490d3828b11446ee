/**
 * storm-hardware-thread.ts: hardware that raises its line for every event it has to offer, whether or not there is
 * room for the event; what finds no room is dropped, as a network card drops packets.
 *
 * Runs on: a thread of its own, which never sleeps. Events are consecutive numbers.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { FaultPlan, InterruptLine } from '../../native-sim/index.js'
import { SpscProducer } from '../../src/sharedarraybuffer-queue/index.js'
import { ACCEPTED, AS_TAKEN, OFFERED, RATE, STOP, type StormJob } from './storm-plan.js'

/** Events between two looks at the clock. */
const BURST = 64

const { plan, line: descriptor }: StormJob = workerData
const fields = new Float64Array(plan.fields)
const ring = new SpscProducer(new Int32Array(plan.ring.buffer), plan.ring.base)
const line = new InterruptLine(descriptor, 'message', new FaultPlan())
let next = 0

function offer(): void {
  if (ring.tryStage(next)) {
    ring.publish()
    next = (next + 1) | 0
    fields[ACCEPTED] = fields[ACCEPTED]! + 1
  }
  fields[OFFERED] = fields[OFFERED]! + 1
  line.raise(0)
}

function stormHardwareRun(): void {
  let rate = 0
  let sinceMs = 0
  let due = 0
  while (fields[STOP] === 0) {
    const nowMs = performance.now()
    if (fields[RATE] !== rate) {
      rate = fields[RATE]!
      sinceMs = nowMs
      due = 0
    }
    if (rate === AS_TAKEN) {
      for (let i = 0; i < BURST && ring.free(1) > 0; i++) offer()
      continue
    }
    // Events that were missed while the thread had no processor come late, not never; but no more than a second's.
    const elapsed = Math.min(1000, nowMs - sinceMs) / 1000
    const burst = Math.min(BURST, Math.floor(elapsed * rate) - due)
    for (let i = 0; i < burst; i++) offer()
    due += Math.max(0, burst)
    if (elapsed >= 1) {
      sinceMs += 1000
      due = Math.max(0, due - rate)
    }
  }
}

parentPort!.postMessage('ready')
stormHardwareRun()
parentPort!.postMessage(line.raised)
