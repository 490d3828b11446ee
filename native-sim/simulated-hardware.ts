// SimulatedHardware: main's side of a simulated device on a thread of its own: start it, give it memory to reach, pull
// it out, stop it.
// Runs on: main (or whoever starts it).
// Invariants: every call is answered once, in order, or rejects because the thread has ended; `finished` settles once.

import { availableParallelism } from 'node:os'
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { Channel, HardwareResources, LineDescriptor } from '../src/index.js'
import { BAR_DOORBELL } from '../src/abi/register-layout.js'
import { add, store } from '../src/sharedarraybuffer-queue/access.js'
import { IDLE_STRATEGIES } from '../src/sharedarraybuffer-queue/idle-strategy.js'
import {
  allocateShared,
  type IdleStrategyName,
  Ringer,
} from '../src/sharedarraybuffer-queue/index.js'
import type { DmaWindow } from './dma-space.js'
import { HardwareDiedError, SimulationError } from './errors.js'
import type { HardwareReport } from './hardware-device.js'
import { CONTROL_MESSAGES, CONTROL_STOP } from './hardware-loop.js'
import type { HardwareAnswer, HardwareJob, HardwareQuestion } from './hardware-messages.js'
import { createModel, type HardwareModel, prepareHardware } from './hardware-models.js'
import { rebuildError } from './producer-messages.js'

export interface SimulatedHardwareOptions {
  /** Which device, and its options. */
  readonly device: HardwareModel
  /** Its interrupts, in order of their message numbers. */
  readonly lines: readonly LineDescriptor[]
  /** Memory that driver and device share. Default: 1 MiB for nvme, none for edu. */
  readonly commonBufferBytes?: number
  /**
   * What the thread does when there is nothing to do. Default 'adaptive', with two processors or less 'park'.
   * 'busy-spin' is the fastest wherever a processor can be spared.
   */
  readonly waitStrategy?: IdleStrategyName
}

const MIB = 2 ** 20
const STRATEGIES: readonly string[] = IDLE_STRATEGIES

/** Host, worker and hardware are three threads: where they cannot all run, one that spins keeps another waiting. */
function defaultWaitStrategy(): IdleStrategyName {
  return availableParallelism() > 2 ? 'adaptive' : 'park'
}

interface Waiter {
  readonly resolve: (report: HardwareReport) => void
  readonly reject: (error: Error) => void
}

/** A channel's buffers, as a device reaches them: the window that requests' addresses name. */
export function channelWindow(channel: Channel): DmaWindow {
  const { id, buffer, geometry } = channel.memory
  return {
    window: id,
    buffer,
    byteOffset: geometry.bufferByteOffset,
    byteLength: geometry.bufferBytes,
  }
}

export class SimulatedHardware implements AsyncDisposable {
  readonly name: string
  /** What the device's driver is to be given. */
  readonly resources: HardwareResources
  /** The last report, once the thread has ended. Rejects with HardwareDiedError when it was killed or threw. */
  readonly finished: Promise<HardwareReport>
  readonly #thread: Worker
  readonly #port: MessagePort
  readonly #control: Int32Array
  readonly #bell: Ringer
  readonly #waiters: Waiter[] = []
  #last: HardwareReport | undefined
  /** The thread has ended: nobody answers any more. */
  #died: HardwareDiedError | undefined

  private constructor(job: HardwareJob, port: MessagePort, resources: HardwareResources) {
    this.name = job.plan.model.name
    this.resources = resources
    this.#port = port
    this.#control = job.control
    this.#bell = new Ringer(new Int32Array(job.plan.bar), BAR_DOORBELL)
    this.#port.on('message', (answer: HardwareAnswer) => this.#onAnswer(answer))
    this.#thread = new Worker(new URL('./hardware-thread.js', import.meta.url), {
      workerData: job,
      transferList: [job.port],
      name: `hardware ${this.name}`,
    })
    this.finished = this.#ended()
    // Whoever awaits it later still gets the error; until then it is nobody's unhandled rejection.
    this.finished.catch(() => {})
  }

  /**
   * Takes the device's memory, starts its thread, resolves once it runs.
   * @throws SimulationError for impossible options, before anything starts
   */
  static async start(options: SimulatedHardwareOptions): Promise<SimulatedHardware> {
    const { device, lines, waitStrategy = defaultWaitStrategy() } = options
    if (!STRATEGIES.includes(waitStrategy)) {
      throw new SimulationError('waitStrategy', waitStrategy, `one of ${STRATEGIES.join(', ')}`)
    }
    const { commonBufferBytes = device.model === 'nvme' ? MIB : 0 } = options
    const { plan, resources } = prepareHardware(device, lines, commonBufferBytes)
    // Made once here for its checks: a mistake is better told where it was made.
    createModel(plan)
    const { port1, port2 } = new MessageChannel()
    const control = new Int32Array(allocateShared(64))
    const job = { plan, control, port: port2, waitStrategy }
    const hardware = new SimulatedHardware(job, port1, resources)
    await hardware.#nextAnswer()
    return hardware
  }

  /** Lets the device reach a piece of memory; see `channelWindow`. */
  async mapDma(window: DmaWindow): Promise<void> {
    await this.#ask({ kind: 'map', window })
  }

  async unmapDma(window: number): Promise<void> {
    await this.#ask({ kind: 'unmap', window })
  }

  /** Pulls the device out: its registers read all ones, it interrupts no more. */
  async surpriseRemove(): Promise<void> {
    await this.#ask({ kind: 'remove' })
  }

  /** What the device has counted so far. */
  report(): Promise<HardwareReport> {
    return this.#ask({ kind: 'report' })
  }

  /** Ends the thread. */
  stop(): Promise<HardwareReport> {
    store(this.#control, CONTROL_STOP, 1)
    this.#bell.ringSleeper()
    return this.finished
  }

  /** Kills the thread where it stands. */
  async terminate(): Promise<void> {
    await this.#thread.terminate()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** @throws HardwareDiedError once the thread has ended */
  async #ask(question: HardwareQuestion): Promise<HardwareReport> {
    if (this.#died !== undefined) throw this.#died
    const answer = this.#nextAnswer()
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port has no origin
    this.#port.postMessage(question)
    add(this.#control, CONTROL_MESSAGES, 1)
    this.#bell.ringSleeper()
    return answer
  }

  #nextAnswer(): Promise<HardwareReport> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject })
    })
  }

  #onAnswer(answer: HardwareAnswer): void {
    const waiter = this.#waiters.shift()
    if (answer.kind === 'failed') {
      waiter?.reject(rebuildError(answer.error))
      return
    }
    this.#last = answer.report
    waiter?.resolve(answer.report)
  }

  #ended(): Promise<HardwareReport> {
    return new Promise((resolve, reject) => {
      let exception: unknown
      this.#thread.on('error', (error) => {
        exception = error
      })
      this.#thread.on('exit', (exitCode) => {
        this.#takeLastAnswers()
        this.#port.close()
        const wasStopped = exitCode === 0 && this.#last !== undefined
        const reason = wasStopped ? new Error('it was told to stop') : (exception ?? exitCode)
        const died = new HardwareDiedError(this.name, reason)
        this.#died = died
        for (const waiter of this.#waiters.splice(0)) waiter.reject(died)
        if (exitCode === 0 && this.#last !== undefined) resolve(this.#last)
        else reject(died)
      })
    })
  }

  /** What the thread posted before it ended may not have been delivered yet. */
  #takeLastAnswers(): void {
    for (let next = receiveMessageOnPort(this.#port); next !== undefined;) {
      this.#onAnswer(next.message)
      next = receiveMessageOnPort(this.#port)
    }
  }
}
