/**
 * Queue bench: a stepped engine with one device whose queues the test makes, and short words for what a test
 * of queues does all the time: send numbered reads, cancel one, see what has ended.
 * Runs on: the test's own thread.
 */
import type { Device } from '../../src/framework/device.js'
import type { DeviceInit } from '../../src/framework/device-init.js'
import type { IoQueue } from '../../src/framework/io-queue.js'
import type { Request } from '../../src/framework/request.js'
import { driverUrl } from '../harness/inline-driver.js'
import { Requester, statuses } from '../harness/requester.js'
import { SteppedEngine } from '../harness/stepped-engine.js'

export class QueueBench {
  readonly engine = new SteppedEngine({ slots: 32 })
  /** What handlers of the test put here: requests that the driver owns. */
  readonly held: Request[] = []
  /** What happened, in order; handlers of the test write it. */
  readonly log: string[] = []
  #device: Device | undefined
  #requester: Requester | undefined

  get device(): Device {
    if (this.#device === undefined) throw new Error('the device has not been added')
    return this.#device
  }

  get requester(): Requester {
    this.#requester ??= new Requester(this.engine)
    return this.#requester
  }

  /** Adds the device; `build` makes its queues. `lower`: URL of the driver of a device below it. */
  async add(
    build: (device: Device, bench: this) => void,
    init: (deviceInit: DeviceInit) => void = () => {},
    lower?: string,
  ): Promise<this> {
    const driver = driverUrl({
      EvtDriverDeviceAdd: (_driver, deviceInit) => {
        init(deviceInit)
        this.#device = deviceInit.createDevice({ synchronizationScope: 'device' })
        build(this.#device, this)
      },
    })
    const below =
      lower === undefined ? [] : [{ id: 1, role: 'bus' as const, driver: lower, parameters: {} }]
    await this.engine.addDevice(driver, { below })
    return this
  }

  /** A handler that keeps the request. */
  readonly hold = (_queue: IoQueue, request: Request): void => void this.held.push(request)

  /** The queue at that place. */
  queue(at = 0): IoQueue {
    const queue = this.device.queues[at]
    if (queue === undefined) throw new Error(`there is no queue ${at}`)
    return queue
  }

  /** Sends a read for each number (its offset) and lets the worker see them. Returns their handles. */
  send(...numbers: number[]): number[] {
    const handles = numbers.map((number) => this.requester.read(number, 16, number))
    this.engine.channel.submit()
    this.engine.settle()
    return handles
  }

  /** Sends one read and returns its handle. */
  sendOne(number: number): number {
    return this.send(number)[0] ?? -1
  }

  /** Asks for the cancel and lets the worker hear of it. */
  cancel(handle: number): void {
    this.engine.channel.cancel(handle)
    this.engine.channel.submit()
    this.engine.settle()
  }

  /** What has ended since the last look: `[number, status]`. */
  ended(): [number: number, status: number][] {
    this.engine.settle()
    return statuses(this.engine.reap())
  }

  /** The request that the driver has kept for longest, taken out of `held`. */
  oldest(): Request {
    const request = this.held.shift()
    if (request === undefined) throw new Error('the driver holds no request')
    return request
  }

  /** The numbers of the requests that the driver holds. */
  heldNumbers(): number[] {
    return this.held.map((request) => request.deviceOffset)
  }

  /** Everything that was accepted has ended, once. */
  get isBalanced(): boolean {
    const { accepted, completed, inFlight, duplicates, lost } = this.engine.channel.ledger()
    return accepted === completed && inFlight === 0 && duplicates === 0 && lost === 0
  }
}

/** A device with one manual default queue. */
export async function manualQueue(): Promise<{ bench: QueueBench; queue: IoQueue }> {
  const bench = await new QueueBench().add((device) => {
    device.createIoQueue({ dispatchType: 'manual', defaultQueue: true })
  })
  return { bench, queue: bench.queue() }
}

/** The request that the queue hands out next; fails when there is none. */
export function retrieve(queue: IoQueue): Request {
  const request = queue.retrieveNextRequest()
  if (request === null) throw new Error('the queue is empty')
  return request
}
