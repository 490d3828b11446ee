// The hardware's thread: one simulated device, moved by its loop until main says stop.
// Runs on: a worker thread that SimulatedHardware starts.

import { receiveMessageOnPort, workerData } from 'node:worker_threads'
import { RealClock } from './hardware-clock.js'
import type { HardwareDevice } from './hardware-device.js'
import { HardwareLoop } from './hardware-loop.js'
import type { HardwareAnswer, HardwareJob, HardwareQuestion } from './hardware-messages.js'
import { createModel } from './hardware-models.js'
import { describeError } from './producer-messages.js'

const job: HardwareJob = workerData
const { plan, port, control, waitStrategy } = job

function tell(answer: HardwareAnswer): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  port.postMessage(answer)
}

function answerAll(device: HardwareDevice): void {
  for (
    let next = receiveMessageOnPort(port);
    next !== undefined;
    next = receiveMessageOnPort(port)
  ) {
    const question: HardwareQuestion = next.message
    try {
      obey(device, question)
      tell({ kind: 'report', report: device.report() })
    } catch (error) {
      tell({ kind: 'failed', error: describeError(error) })
    }
  }
}

function obey(device: HardwareDevice, question: HardwareQuestion): void {
  switch (question.kind) {
    case 'map':
      device.mapDma(question.window)
      break
    case 'unmap':
      device.unmapDma(question.window)
      break
    case 'remove':
      device.surpriseRemove()
      break
    default:
    // Every answer is a report.
  }
}

try {
  const device = createModel(plan)
  const loop = new HardwareLoop({
    device,
    bar: new Int32Array(plan.bar),
    control,
    clock: new RealClock(),
    waitStrategy,
    onMessages: () => answerAll(device),
  })
  tell({ kind: 'report', report: device.report() })
  loop.simulatedHardwareRun()
  tell({ kind: 'report', report: device.report() })
} catch (error) {
  tell({ kind: 'failed', error: describeError(error) })
}
port.close()
