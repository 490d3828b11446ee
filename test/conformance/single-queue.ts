/**
 * Single queue: a stepped engine with one device and one default queue whose driver holds what it gets.
 * Runs on: the test's own thread.
 */
import type { Device } from '../../src/framework/device.js'
import type { DeviceAttributes } from '../../src/framework/device-init.js'
import type { IoQueue } from '../../src/framework/io-queue.js'
import type { IoQueueConfig } from '../../src/framework/io-queue-config.js'
import type { Request } from '../../src/framework/request.js'
import { deviceDriver } from '../harness/inline-driver.js'
import { Requester } from '../harness/requester.js'
import { SteppedEngine } from '../harness/stepped-engine.js'

export interface SingleQueue {
  readonly engine: SteppedEngine
  readonly requester: Requester
  readonly device: Device
  readonly queue: IoQueue
  /** What the driver got and has not completed, oldest first. */
  readonly held: Request[]
}

/** `config` over a parallel default queue; give a manual one its dispatchType. */
export async function singleQueue(
  config: Partial<IoQueueConfig> = {},
  attributes: DeviceAttributes = {},
): Promise<SingleQueue> {
  const engine = new SteppedEngine()
  const held: Request[] = []
  let made: [Device, IoQueue] | undefined
  const isManual = config.dispatchType === 'manual'
  const hold = { EvtIoDefault: (_queue: IoQueue, request: Request) => void held.push(request) }
  await engine.addDevice(
    deviceDriver((device) => {
      const queue = device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        ...(isManual ? {} : hold),
        ...config,
      })
      made = [device, queue]
    }, attributes),
  )
  if (made === undefined) throw new Error('the driver made no queue')
  const [device, queue] = made
  return { engine, requester: new Requester(engine), device, queue, held }
}

/** The numbers (offsets) of requests. */
export function numbersOf(requests: readonly Request[]): number[] {
  return requests.map((request) => request.deviceOffset)
}
