/**
 * Framework worker: the one endless task that each Piscina worker runs.
 * Runs on: worker. Ends when main stores STOP; everything else that ends it is a death.
 */
import { threadId, type MessagePort } from 'node:worker_threads'
import * as Comlink from 'comlink'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import { RECORD_DEVICE_REMOVED, RECORD_WORKER_STARTED } from '../abi/recorder-layout.js'
import { WdfViolation } from '../dispatch/wdf-violation.js'
import { reportError } from '../framework/errors.js'
import { Framework } from '../framework/framework.js'
import { workerLockParty } from '../framework/lock-party.js'
import type { QueueChange } from '../framework/io-queue.js'
import { ChannelMemory, type ChannelMemoryDescriptor } from '../irp/channel-memory.js'
import type { DeviceSpec, PowerRequest } from '../irp/device-description.js'
import type { ViolationReport } from '../irp/violation-report.js'
import type { Verifier } from '../verifier/verifier.js'
import { Recorder } from '../observe/in-flight-recorder.js'
import { createIdleStrategy } from '../sharedarraybuffer-queue/idle-strategy.js'
import type { Outcome, WorkerControl, WorkerEvent, WorkerTask } from './control-plane.js'
import { type RemoteAnswer, RemoteIo } from './remote-io.js'
import { WorkerLoop } from './worker-loop.js'

/** Runs one Framework worker until it is told to stop. */
export default async function frameworkWorker(task: WorkerTask): Promise<void> {
  const tell = (event: WorkerEvent): void => task.events.postMessage(event)
  /** Changes of queues on other workers that have not been answered. */
  const changes = new Map<number, () => void>()
  let nextToken = 0
  const recorder = new Recorder(task.recorder, task.originMs)
  recorder.write(RECORD_WORKER_STARTED, task.worker, task.incarnation)
  const verifier = await newVerifier(task, (report) => tell({ kind: 'violation', report }))
  const remote = new RemoteIo((device) => tell({ kind: 'openRemote', device }))
  const framework = new Framework(task.worker, task.workerCount, {
    wake: () => loop.sleeper.wakeLocally(),
    driverFault: (device, callback, error) => {
      loop.driverFaults++
      tell({ kind: 'driverFault', fault: { device, callback, error } })
    },
    record: (code, a, b, c) => {
      recorder.write(code, a, b, c)
      if (code === RECORD_DEVICE_REMOVED) verifier?.deviceRemoved(a)
    },
    interrupts: task.interrupts,
    transition: (device, machine, state) => {
      if (task.stateEvents) tell({ kind: 'stateChange', change: { device, machine, state } })
    },
    openRemote: (device) => remote.open(device),
    lockParty: workerLockParty({
      engine: new Int32Array(task.engine),
      worker: task.worker,
      incarnation: task.incarnation,
      lockRecovered: (recovery) => tell({ kind: 'lockRecovered', recovery }),
      ...(verifier === null ? {} : { order: verifier.lockOrder }),
    }),
    ...(verifier === null ? {} : { verifyDriver: (config, url) => verifier.verify(config, url) }),
    changeQueueElsewhere: (device, queue, change) =>
      new Promise((resolve) => {
        const token = nextToken++
        changes.set(token, resolve)
        tell({ kind: 'changeQueue', token, device, queue, change })
      }),
  })
  const idle = createIdleStrategy(task.waitStrategy, task.spins)
  /** A misuse in a driver's timer is that driver's fault; anything else ends the thread, as Node does. */
  const failInPlace = (error: Error): void => {
    if (!(error instanceof WdfViolation)) throw error
    loop.driverFaults++
    const fault = { device: 'unknown', callback: 'a timer or event', error: reportError(error) }
    tell({ kind: 'driverFault', fault })
  }
  // The control port's listener is what keeps this thread's event loop alive while it sleeps there.
  const loop = new WorkerLoop(
    framework,
    remote,
    new Int32Array(task.engine),
    task.incarnation,
    idle,
  )
  Comlink.expose(
    {
      ...controlOf(framework, remote, loop),
      queueChanged: (token: number) => {
        changes.get(token)?.()
        changes.delete(token)
      },
      verifierSummary: () => verifier?.summary() ?? null,
    } satisfies WorkerControl,
    nodeEndpoint(task.control),
  )
  process.on('uncaughtException', failInPlace)
  tell({ kind: 'ready', threadId })
  try {
    await loop.run()
  } finally {
    process.off('uncaughtException', failInPlace)
    closePorts(task.control, task.events)
  }
}

/** The verifier is loaded when it is asked for. */
async function newVerifier(
  { verifier: settings, worker }: WorkerTask,
  tell: (report: ViolationReport) => void,
): Promise<Verifier | null> {
  if (settings === null) return null
  const { Verifier: Loaded } = await import('../verifier/verifier.js')
  return new Loaded(settings, worker, tell)
}

function controlOf(
  framework: Framework,
  remote: RemoteIo,
  loop: WorkerLoop,
): Omit<WorkerControl, 'queueChanged' | 'verifierSummary'> {
  const attempt = async <T>(action: () => Promise<T>): Promise<Outcome<T>> => {
    loop.pendingControl++
    try {
      return { value: await action() }
    } catch (error) {
      return { error: reportError(error) }
    } finally {
      loop.pendingControl--
    }
  }
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
    remoteOpened: (device: string, answer: RemoteAnswer) => remote.answered(device, answer),
    unload: () => framework.unload(),
  }
}

function closePorts(...ports: MessagePort[]): void {
  for (const port of ports) port.close()
}
