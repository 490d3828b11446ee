/**
 * Worker body: what a Framework worker is made of, without the thread that moves it: its Framework, its loop, and
 * what main may ask of it. Runs on: worker.
 */
import { WORKER_PLACE, workerBlockWord } from '../abi/engine-layout.js'
import { RECORD_DEVICE_REMOVED, RECORD_WORKER_STARTED } from '../abi/recorder-layout.js'
import { CallbackPlace } from '../dispatch/callback-place.js'
import { WdfViolation } from '../dispatch/wdf-violation.js'
import { reportError } from '../framework/errors.js'
import { Framework } from '../framework/framework.js'
import type { QueueChange } from '../framework/io-queue.js'
import { workerLockParty } from '../framework/lock-party.js'
import { ChannelMemory, type ChannelMemoryDescriptor } from '../irp/channel-memory.js'
import type { DeviceSpec, PowerRequest } from '../irp/device-description.js'
import type { ViolationReport } from '../irp/violation-report.js'
import type { Verifier } from '../verifier/verifier.js'
import { Recorder } from '../observe/in-flight-recorder.js'
import { createIdleStrategy } from '../sharedarraybuffer-queue/idle-strategy.js'
import type { Outcome, WorkerControl, WorkerEvent, WorkerStart } from './control-plane.js'
import { type RemoteAnswer, RemoteIo } from './remote-io.js'
import { WorkerLoop } from './worker-loop.js'

export class WorkerBody {
  readonly framework: Framework
  readonly loop: WorkerLoop
  readonly control: WorkerControl
  readonly #tell: (event: WorkerEvent) => void
  /** Changes of queues on other workers that have not been answered. */
  readonly #changes = new Map<number, () => void>()
  #nextToken = 0

  /** Makes a worker; `tell` sends an event to main. The verifier is loaded when it is asked for. */
  static async make(start: WorkerStart, tell: (event: WorkerEvent) => void): Promise<WorkerBody> {
    const report = (violation: ViolationReport): void =>
      tell({ kind: 'violation', report: violation })
    const { verifier: settings } = start
    if (settings === null) return new WorkerBody(start, tell, null)
    const { Verifier: Loaded } = await import('../verifier/verifier.js')
    return new WorkerBody(start, tell, new Loaded(settings, start.worker, report))
  }

  constructor(start: WorkerStart, tell: (event: WorkerEvent) => void, verifier: Verifier | null) {
    this.#tell = tell
    const recorder = new Recorder(start.recorder, start.originMs)
    recorder.write(RECORD_WORKER_STARTED, start.worker, start.incarnation)
    const remote = new RemoteIo((event) => tell({ kind: 'openRemote', ...event }))
    const words = new Int32Array(start.engine)
    this.framework = new Framework(start.worker, start.workerCount, {
      wake: () => this.loop.sleeper.wakeLocally(),
      driverFault: (device, callback, error) => {
        this.loop.driverFaults++
        tell({ kind: 'driverFault', fault: { device, callback, error } })
      },
      place: new CallbackPlace(words, workerBlockWord(start.worker) + WORKER_PLACE),
      childPlugged: (child) => tell({ kind: 'childPlugged', child }),
      childUnplugged: (child) => tell({ kind: 'childUnplugged', child }),
      objectLeaked: (leak) => tell({ kind: 'objectLeaked', leak }),
      record: (code, a, b, c) => {
        recorder.write(code, a, b, c)
        if (code === RECORD_DEVICE_REMOVED) verifier?.deviceRemoved(a)
      },
      interrupts: start.interrupts,
      machines: { watchdogMs: start.callbackTimeoutMs },
      transition: (device, machine, state) => {
        if (start.stateEvents) tell({ kind: 'stateChange', change: { device, machine, state } })
      },
      openRemote: (device, opener) => remote.open(device, opener),
      lockParty: workerLockParty({
        engine: words,
        worker: start.worker,
        incarnation: start.incarnation,
        lockRecovered: (recovery) => tell({ kind: 'lockRecovered', recovery }),
        ...(verifier === null ? {} : { order: verifier.lockOrder }),
      }),
      ...(verifier === null ? {} : { verifyDriver: (config, url) => verifier.verify(config, url) }),
      changeQueueElsewhere: (device, queue, change) =>
        this.#changeQueueElsewhere(device, queue, change),
    })
    const idle = createIdleStrategy(start.waitStrategy, start.spins)
    this.loop = new WorkerLoop(this.framework, remote, words, start.incarnation, idle)
    this.control = this.#controlOf(remote, verifier)
  }

  /** A misuse in a driver's timer is that driver's fault; anything else ends the thread, as Node does. */
  failInPlace(error: unknown): void {
    if (!(error instanceof WdfViolation)) throw error
    this.loop.driverFaults++
    const fault = { device: 'unknown', callback: 'a timer or event', error: reportError(error) }
    this.#tell({ kind: 'driverFault', fault })
  }

  #changeQueueElsewhere(device: number, queue: number, change: QueueChange): Promise<void> {
    return new Promise((resolve) => {
      const token = this.#nextToken++
      this.#changes.set(token, resolve)
      this.#tell({ kind: 'changeQueue', token, device, queue, change })
    })
  }

  async #attempt<T>(action: () => Promise<T>): Promise<Outcome<T>> {
    this.loop.pendingControl++
    try {
      return { value: await action() }
    } catch (error) {
      return { error: reportError(error) }
    } finally {
      this.loop.pendingControl--
    }
  }

  #controlOf(remote: RemoteIo, verifier: Verifier | null): WorkerControl {
    const { framework, loop } = this
    const attempt = <T>(action: () => Promise<T>): Promise<Outcome<T>> => this.#attempt(action)
    return {
      attachChannel: (descriptor: ChannelMemoryDescriptor) =>
        loop.attachChannel(new ChannelMemory(descriptor)),
      releaseChannel: (id: number, patienceMs: number) =>
        attempt(() => framework.releaseChannel(id, patienceMs).then(() => null)),
      addDevice: (spec: DeviceSpec, startIfAlone = false) =>
        attempt(() => framework.addDevice(spec, startIfAlone)),
      startDevice: (id: number) => attempt(() => framework.startDevice(id).then(() => null)),
      stopDevice: (id: number, patienceMs: number, isSurprise = false) =>
        attempt(() => framework.stopDevice(id, patienceMs, isSurprise).then(() => null)),
      power: (id: number, request: PowerRequest) => attempt(() => framework.power(id, request)),
      removeDevice: (id: number) => framework.removeDevice(id),
      outstanding: () => ({
        held: framework.outstanding,
        waiting: framework.turn.ports.some((port) => port.hasWork()),
      }),
      changeQueue: (id: number, queue: number, change: QueueChange) =>
        attempt(() => framework.changeQueue(id, queue, change).then(() => null)),
      queueChanged: (token: number) => {
        this.#changes.get(token)?.()
        this.#changes.delete(token)
      },
      remoteOpened: (token: number, answer: RemoteAnswer) => remote.answered(token, answer),
      unload: () => framework.unload(),
      verifierSummary: () => verifier?.summary() ?? null,
    }
  }
}
