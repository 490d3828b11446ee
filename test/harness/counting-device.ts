/**
 * Counting device: the smallest hardware that can show a lost interrupt: it has events, its ISR records them, its
 * DPC consumes them. Hardware's end of the line is the real one, so is the worker's controller and DPC queue.
 * Runs on: the test's own thread, which steps hardware and worker.
 */
import { FaultPlan, type FaultOptions } from '../../native-sim/fault-plan.js'
import { InterruptLine, type Trigger } from '../../native-sim/interrupt-line.js'
import { LINE_RAISED, LINE_TAKEN, interruptLineWord } from '../../src/abi/interrupt-layout.js'
import { DeferredCall, DpcQueue } from '../../src/dispatch/dpc-queue.js'
import {
  type InterruptConnection,
  InterruptController,
  type InterruptService,
  type Moderation,
  SERVICE_CLAIMED,
  SERVICE_UNCLAIMED,
} from '../../src/dispatch/interrupt-controller.js'
import type { LineDescriptor } from '../../src/irp/interrupt-block.js'

export class CountingDevice implements InterruptService {
  readonly hardware: InterruptLine
  readonly faults: FaultPlan
  connection: InterruptConnection | undefined
  /** Events of the hardware so far, those nobody has recorded, recorded by the ISR, consumed by the DPC. */
  produced = 0
  unseen = 0
  recorded = 0
  consumed = 0
  /** How often queueing the DPC said "newly queued". */
  enqueued = 0
  isrCalls = 0
  readonly dpc: DeferredCall
  #noted = 0
  readonly #dpcs: DpcQueue
  readonly #descriptor: LineDescriptor
  readonly origin = 0
  readonly #words: Int32Array

  constructor(
    descriptor: LineDescriptor,
    trigger: Trigger,
    dpcs: DpcQueue,
    faults: FaultOptions = {},
  ) {
    this.#descriptor = descriptor
    this.#words = new Int32Array(descriptor.block)
    this.faults = new FaultPlan(faults)
    this.hardware = new InterruptLine(descriptor, trigger, this.faults)
    this.#dpcs = dpcs
    this.dpc = new DeferredCall(() => {
      this.consumed += this.#noted
      this.#noted = 0
    })
  }

  /** Hardware: something happens. */
  produce(nowUs = 0): void {
    this.produced++
    this.unseen++
    if (this.hardware.trigger === 'message') this.hardware.raise(nowUs)
    else this.pollHardware(nowUs)
  }

  /** Hardware: one poll of the device. */
  pollHardware(nowUs = 0): void {
    this.hardware.beginPoll(nowUs)
    this.hardware.endPoll(this.unseen > 0, nowUs)
  }

  connectTo(controller: InterruptController): void {
    this.connection = controller.connect(this.#descriptor.line, this, null)
  }

  /** Worker: the ISR. */
  serviceInterrupt(): number {
    this.isrCalls++
    if (this.unseen === 0) return SERVICE_UNCLAIMED
    this.#noted += this.unseen
    this.recorded += this.unseen
    this.unseen = 0
    if (this.#dpcs.enqueue(this.dpc, 0, 0)) this.enqueued++
    return SERVICE_CLAIMED
  }

  /** The line has been raised since it was serviced last. */
  get isPending(): boolean {
    const word = interruptLineWord(this.#descriptor.line)
    return this.#words[word + LINE_RAISED] !== this.#words[word + LINE_TAKEN]
  }
}

/** A worker's interrupts and DPCs, without the rest of its turn. */
export class CountingWorker {
  readonly controller: InterruptController
  readonly dpcs: DpcQueue
  readonly thrown: unknown[] = []
  readonly stuck: InterruptService[] = []

  constructor(words: Int32Array, moderation: Moderation = {}) {
    this.dpcs = new DpcQueue((_call, error) => this.thrown.push(error))
    this.controller = new InterruptController(
      words,
      {
        serviceThrew: (_service, error) => this.thrown.push(error),
        lineIsStuck: (service) => this.stuck.push(service),
        wake: () => {},
      },
      moderation,
    )
  }

  hasWork(): boolean {
    return this.controller.hasWork() || this.dpcs.length !== 0
  }

  /** What a worker does until it would sleep; hardware is polled in between. Returns the turns it took. */
  settle(devices: readonly CountingDevice[], nowUs = 0): number {
    let turns = 0
    for (; ; turns++) {
      if (turns > 10_000) throw new Error('the worker does not come to rest')
      for (const device of devices) device.pollHardware(nowUs)
      if (!this.hasWork()) return turns
      this.controller.poll(64)
      this.dpcs.poll(64)
    }
  }
}
