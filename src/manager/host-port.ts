/**
 * Host port: a host's end towards one worker: its submission and completion ring, and the worker's bell.
 * Runs on: the channel's host thread. HOT.
 */
import {
  WORKER_ACCUSED,
  WORKER_DOORBELL,
  WORKER_FAILED,
  WORKER_INCARNATION,
  workerBlockWord,
} from '../abi/engine-layout.js'
import { RING_HEAD } from '../abi/ring-layout.js'
import type { ChannelMemory } from '../irp/channel-memory.js'
import { add, load, store } from '../sharedarraybuffer-queue/access.js'
import { Ringer } from '../sharedarraybuffer-queue/doorbell.js'
import {
  initializeRing,
  isRing,
  SpscConsumer,
  SpscProducer,
} from '../sharedarraybuffer-queue/spsc-ring.js'

export class HostPort {
  readonly worker: number
  readonly memory: ChannelMemory
  readonly engineWords: Int32Array
  readonly bell: Ringer
  /** First word of the results that lie beside the completions. */
  readonly results: number
  submissions: SpscProducer
  completions: SpscConsumer
  /** The worker thread that these rings are shared with. */
  incarnation: number
  /** This incarnation has written what cannot be, and main has been told. */
  isAccused = false
  private stagedCancels = 0
  /** Entries in the submission ring's count that never get a completion, so that `load` stays true. */
  private unanswered = 0

  constructor(memory: ChannelMemory, engineWords: Int32Array, worker: number) {
    this.worker = worker
    this.memory = memory
    this.engineWords = engineWords
    this.results = memory.resultsWord(worker)
    this.bell = new Ringer(engineWords, workerBlockWord(worker) + WORKER_DOORBELL)
    this.submissions = new SpscProducer(memory.words, memory.submissionRing(worker))
    this.completions = new SpscConsumer(memory.words, memory.completionRing(worker))
    this.incarnation = load(memory.words, memory.incarnationWord(worker))
  }

  /** Sends what was staged and wakes the worker if it sleeps. Returns how many requests. */
  publish(): number {
    const entries = this.submissions.publish()
    if (entries === 0) return 0
    this.bell.ring()
    const requests = entries - this.stagedCancels
    this.stagedCancels = 0
    return requests
  }

  /** "Cancel the request in that slot", behind everything staged so far. */
  stageCancel(slot: number): void {
    this.submissions.stage(~slot)
    this.stagedCancels++
    this.unanswered++
  }

  /** Requests prepared and not published. */
  get staged(): number {
    const { tail, published } = this.submissions
    return ((tail - published) | 0) - this.stagedCancels
  }

  /** How much this worker has to do, for choosing one: entries sent and staged, less completions. */
  load(): number {
    return (this.submissions.tail - this.completions.head - this.unanswered) | 0
  }

  /** The worker's present incarnation; differs from `incarnation` after a death. */
  currentIncarnation(): number {
    return load(this.engineWords, workerBlockWord(this.worker) + WORKER_INCARNATION)
  }

  /** No successor will come. */
  hasFailed(): boolean {
    return load(this.engineWords, workerBlockWord(this.worker) + WORKER_FAILED) !== 0
  }

  /**
   * Empties the submission ring of a worker that has died: nobody reads it, so its head is ours to move.
   * The completion ring has been drained. `adopt` then lets the successor in. A head that the worker's driver
   * wrote over is made anew.
   */
  discardSubmissions(): void {
    const { words } = this.memory
    const { base, mask, tail } = this.submissions
    if (!isRing(words, base, mask + 1)) initializeRing(words, base, mask + 1, tail)
    this.submissions.publish()
    store(words, base + RING_HEAD, tail)
    this.submissions = new SpscProducer(words, base)
    this.completions.release()
    this.unanswered = (tail - this.completions.head) | 0
  }

  /**
   * The completion ring's tail is where it cannot be: only a driver that writes where it must not does that.
   * Nothing is believed; main ends the worker, and its requests end as of one that died. Once a worker.
   */
  accuse(): boolean {
    // Looks again next time: an honest publish may come first.
    this.completions.tailCache = this.completions.head
    if (this.isAccused) return false
    this.isAccused = true
    add(this.engineWords, workerBlockWord(this.worker) + WORKER_ACCUSED, 1)
    return true
  }

  /** After the end of a worker that was accused, or broke it: an empty ring for its successor. */
  repairCompletions(): void {
    const { words } = this.memory
    const { base, capacity, head } = this.completions
    if (!this.isAccused && isRing(words, base, capacity)) return
    initializeRing(words, base, capacity, head)
    this.completions = new SpscConsumer(words, base)
    this.isAccused = false
  }

  /** Gives the port to that incarnation of the worker. Everything it should find has been published. */
  adopt(incarnation: number): void {
    this.incarnation = incarnation
    store(this.memory.words, this.memory.incarnationWord(this.worker), incarnation)
    this.bell.ringSleeper()
  }
}
