/**
 * storm-driver.ts: deals with events that hardware interrupts for, some microseconds each, and with reads, which it
 * completes at once: both compete for its worker.
 *
 * Runs on: the device's worker. Parameters: plan.
 *
 * ISR: claim it, queue the DPC. DPC: take at most BUDGET events, and queue itself again while there are more, so
 * that each turn has room for requests.
 */
import {
  defineDriver,
  type Device,
  type DeviceHardware,
  hardwareOf,
  type Interrupt,
  type IoQueue,
  type Request,
  STATUS_SUCCESS,
} from '../../src/index.js'
import { SpscConsumer } from '../../src/sharedarraybuffer-queue/index.js'
import { READ_BYTES } from './interrupt-stamps.js'
import {
  CONSUMED,
  DPCS,
  MODERATIONS,
  OUT_OF_ORDER,
  RESULT,
  SERVICES,
  type StormPlan,
} from './storm-plan.js'

const BUDGET = 32
/** Steps of a dependent chain: some two microseconds. */
const WORK = 1500

class StormAdapter {
  readonly interrupt: Interrupt
  readonly #fields: Float64Array
  readonly #ring: SpscConsumer
  #expected = 0

  constructor(hardware: DeviceHardware, { fields, ring }: StormPlan) {
    this.#fields = new Float64Array(fields)
    this.#ring = new SpscConsumer(new Int32Array(ring.buffer), ring.base)
    this.interrupt = hardware.createInterrupt({
      EvtInterruptIsr: () => this.stormEvtInterruptIsr(),
      EvtInterruptDpc: () => this.stormEvtInterruptDpc(),
    })
  }

  stormEvtInterruptIsr(): boolean {
    this.#count(SERVICES, 1)
    this.interrupt.queueDpcForIsr()
    return true
  }

  stormEvtInterruptDpc(): void {
    const ring = this.#ring
    const count = ring.available(BUDGET)
    for (let i = 0; i < count; i++) {
      const event = ring.take()
      if (event !== this.#expected) this.#count(OUT_OF_ORDER, 1)
      this.#expected = (event + 1) | 0
      this.#work(event)
    }
    ring.release()
    this.#count(DPCS, 1)
    this.#count(CONSUMED, count)
    this.#fields[MODERATIONS] = this.interrupt.statistics?.moderations ?? 0
    if (ring.available(1) !== 0) this.interrupt.queueDpcForIsr()
  }

  #work(event: number): void {
    let value = event
    for (let i = 0; i < WORK; i++) value = (Math.imul(value, 1_664_525) + 1_013_904_223) | 0
    this.#fields[RESULT] = value
  }

  #count(field: number, change: number): void {
    this.#fields[field] = this.#fields[field]! + change
  }
}

function stormEvtIoRead(_queue: IoQueue, request: Request, length: number): void {
  request.retrieveOutputBuffer()[0] = request.deviceOffset / READ_BYTES + 1
  request.completeWithInformation(STATUS_SUCCESS, length)
}

export default defineDriver({
  EvtDriverDeviceAdd(_driver, deviceInit) {
    const device: Device = deviceInit.createDevice({ synchronizationScope: 'device' })
    const plan = deviceInit.parameters['plan'] as StormPlan
    device.context['adapter'] = new StormAdapter(hardwareOf(device), plan)
    device.createIoQueue({
      dispatchType: 'parallel',
      defaultQueue: true,
      EvtIoRead: stormEvtIoRead,
    })
    return STATUS_SUCCESS
  },
})
