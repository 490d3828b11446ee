/**
 * request.ts: the life of a request on its worker, where a driver does more than to complete it at once.
 *
 * Runs on: the main thread of bench/micro/main.ts. The driver is life-cycle-driver.ts.
 */
import { STATUS_SUCCESS } from '../../src/abi/ntstatus.js'
import { expectCount, type Micro } from './micro.js'
import { DEPTH, SteppedHost } from './stepped-host.js'

function ignoreBatch(): void {}

/** The driver does all in its handler: the turn is what is timed. */
function timeTurn(host: SteppedHost): number {
  expectCount(host.submitAll(), DEPTH, 'requests accepted')
  const startMs = performance.now()
  expectCount(host.pollAll(), DEPTH, 'requests dispatched')
  const endMs = performance.now()
  expectCount(host.reapAll(ignoreBatch), DEPTH, 'completions')
  return endMs - startMs
}

/** Requests wait in a manual queue until they are retrieved. */
function timeManualQueue(host: SteppedHost): number {
  expectCount(host.submitAll(), DEPTH, 'requests accepted')
  const startMs = performance.now()
  host.pollAll()
  retrieveAndCompleteAll(host)
  const endMs = performance.now()
  host.pollAll()
  expectCount(host.reapAll(ignoreBatch), DEPTH, 'completions')
  return endMs - startMs
}

function retrieveAndCompleteAll(host: SteppedHost): void {
  const queue = host.framework.devices.get(0)!.queues[0]!
  let request = queue.retrieveNextRequest()
  while (request !== null) {
    request.complete(STATUS_SUCCESS)
    request = queue.retrieveNextRequest()
  }
}

export async function requestMicros(): Promise<readonly Micro[]> {
  const driver = new URL('./life-cycle-driver.js', import.meta.url)
  const cancelable = await SteppedHost.start(driver, { kind: 'cancelable' })
  const manual = await SteppedHost.start(driver, { kind: 'manual' })
  return [
    {
      name: 'request: present, mark and unmark cancelable, complete',
      operations: DEPTH,
      run: () => timeTurn(cancelable),
    },
    {
      name: 'request: wait in a manual queue, be retrieved, complete',
      operations: DEPTH,
      run: () => timeManualQueue(manual),
    },
  ]
}
