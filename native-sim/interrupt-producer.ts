// InterruptProducer: main's side of a simulated device whose interrupts come as requests, from a thread of its
// own, through a channel of its own.
// Runs on: main (or the thread that has the engine).
// Invariants: `finished` settles once, after the thread has ended; a producer's channel belongs to its thread, and
// is closed by it, or here if the thread died.

import { Worker } from 'node:worker_threads'
import { attachChannel, type ChannelDescriptor, type Engine } from '../src/index.js'
import { store } from '../src/sharedarraybuffer-queue/access.js'
import { allocateShared } from '../src/sharedarraybuffer-queue/index.js'
import { ProducerDiedError } from './errors.js'
import { type ProducerJob, type ProducerMessage, rebuildError } from './producer-messages.js'
import { planProducer, type ProducerOptions } from './producer-options.js'
import type { ProducerReport } from './producer-report.js'

export class InterruptProducer implements AsyncDisposable {
  readonly device: string
  /**
   * The report, once everything has completed and the thread has ended. Rejects with ProducerDiedError when the
   * thread was killed or ran into an exception, and with an error of the engine's when its channel refused.
   */
  readonly finished: Promise<ProducerReport>
  readonly #thread: Worker
  readonly #stopWords: Int32Array
  readonly #started: Promise<void>

  private constructor(job: ProducerJob) {
    const { plan, stopWords } = job
    this.device = plan.device
    this.#stopWords = stopWords
    this.#thread = new Worker(new URL('./producer-thread.js', import.meta.url), {
      workerData: job,
      name: `interrupt-producer ${plan.device}`,
    })
    this.#started = this.#firstMessage()
    this.finished = this.#lastMessage(job.channel)
    // Whoever awaits it later still gets the error; until then it is nobody's unhandled rejection.
    this.finished.catch(() => {})
  }

  /**
   * Opens a channel for the producer, starts its thread, and resolves once the thread has opened the device; from
   * then on requests flow.
   * @throws SimulationError for impossible options, before anything starts; what opening the device throws:
   *   EngineError ERR_IRP_NO_SUCH_DEVICE, IrpError; EngineError for an impossible `channel` or a stopped engine
   */
  static async start(engine: Engine, options: ProducerOptions): Promise<InterruptProducer> {
    const { plan, channel: channelOptions } = planProducer(options)
    // A channel's memory is taken for good: a name that is none must not cost one. `open` has the error for it.
    if (!engine.devices().some(({ name }) => name === plan.device)) await engine.open(plan.device)
    const channel = await engine.openChannel(channelOptions)
    const stopWords = new Int32Array(allocateShared(64))
    const job = { plan, channel: channel.transfer(), stopWords }
    const producer = new InterruptProducer(job)
    await producer.#started
    return producer
  }

  /** Asks the producer to send nothing more; `finished` resolves once what is in flight has completed. */
  stop(): void {
    store(this.#stopWords, 0, 1)
  }

  /** Kills the thread where it stands, as a crash would: for trying out what then happens. */
  async terminate(): Promise<void> {
    await this.#thread.terminate()
  }

  /** Stops, and waits for the end. Throws what `finished` rejects with. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop()
    await this.finished
  }

  /** Resolves when the device is open; rejects when it is not, or the thread ends before. */
  #firstMessage(): Promise<void> {
    return new Promise((resolve, reject) => {
      const thread = this.#thread
      thread.once('message', (message: ProducerMessage) => {
        if (message.kind === 'failed') reject(rebuildError(message.error))
        else resolve()
      })
      thread.once('error', (error) => reject(this.#died(error)))
      thread.once('exit', (exitCode) => reject(this.#died(exitCode)))
    })
  }

  #lastMessage(channel: ChannelDescriptor): Promise<ProducerReport> {
    return new Promise((resolve, reject) => {
      const thread = this.#thread
      let last: ProducerMessage | undefined
      let exception: unknown
      thread.on('message', (message: ProducerMessage) => {
        last = message
      })
      thread.on('error', (error) => {
        exception = error
      })
      thread.on('exit', (exitCode) => {
        if (last?.kind === 'finished') resolve(last.report)
        else if (last?.kind === 'failed') reject(rebuildError(last.error))
        else {
          abandon(channel)
          reject(this.#died(exception ?? exitCode))
        }
      })
    })
  }

  #died(reason: unknown): ProducerDiedError {
    if (typeof reason === 'number') {
      return new ProducerDiedError(this.device, `it ended without a report (exit code ${reason})`)
    }
    const message = reason instanceof Error ? reason.message : String(reason)
    return new ProducerDiedError(this.device, message, reason)
  }
}

/** Closes the channel of a thread that is gone, so that the workers look at it no more. */
function abandon(descriptor: ChannelDescriptor): void {
  void attachChannel(descriptor)
    .close()
    .catch(() => {})
}
