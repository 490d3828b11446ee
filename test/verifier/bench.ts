/**
 * Verifier bench: a stepped engine whose drivers are watched, with one device of the case's driver on top of one
 * whose driver completes or keeps what it gets. Runs on: the test's own thread.
 */
import { engineBytes, WORKER_DOORBELL, workerBlockWord } from '../../src/abi/engine-layout.js'
import { RECORD_DEVICE_REMOVED } from '../../src/abi/recorder-layout.js'
import { STATUS_CANCELLED, STATUS_SUCCESS } from '../../src/abi/ntstatus.js'
import type { Device } from '../../src/framework/device.js'
import type { DeviceInit } from '../../src/framework/device-init.js'
import { LOCAL_PARTY } from '../../src/framework/lock-party.js'
import type { Request } from '../../src/framework/request.js'
import type { DeviceRole, PowerRequest } from '../../src/irp/device-description.js'
import {
  createInterruptBlock,
  InterruptLines,
  type LineDescriptor,
} from '../../src/irp/interrupt-block.js'
import type { VerifierSettings, ViolationReport } from '../../src/irp/violation-report.js'
import { allocateShared } from '../../src/sharedarraybuffer-queue/arena.js'
import { Verifier } from '../../src/verifier/verifier.js'
import { eventLoopTurn } from '../harness/event-loop-turn.js'
import { driverUrl } from '../harness/inline-driver.js'
import { Requester } from '../harness/requester.js'
import { SteppedEngine } from '../harness/stepped-engine.js'

/** One driver of a case. */
export interface CaseDriver {
  readonly role?: DeviceRole
  /** Before the device is created. */
  readonly init?: (init: DeviceInit) => void
  /** Makes its queues and what else it has. */
  readonly build: (device: Device) => void
  /** What a host, the system and its hardware do. Default: a read. */
  readonly drive?: (bench: VerifierBench) => void | Promise<void>
}

const SETTINGS: VerifierSettings = {
  rules: null,
  onViolation: 'report',
  allocationFailures: null,
  forcedDelays: null,
  forcePending: null,
  stopPatienceMs: 1,
}

const BELOW = 1

export class VerifierBench {
  readonly reports: ViolationReport[] = []
  readonly verifier: Verifier
  readonly engine: SteppedEngine
  readonly line: LineDescriptor
  #requester: Requester | undefined

  constructor(settings: Partial<VerifierSettings> = {}, slots = 16) {
    this.verifier = new Verifier({ ...SETTINGS, ...settings }, 0, (report) =>
      this.reports.push(report),
    )
    const interrupts = createInterruptBlock(8)
    const doorbell = {
      buffer: allocateShared(engineBytes(1)),
      word: workerBlockWord(0) + WORKER_DOORBELL,
    }
    this.line = new InterruptLines(interrupts, doorbell).allocate()
    this.engine = new SteppedEngine({
      slots,
      events: {
        interrupts,
        verifyDriver: (config, url) => this.verifier.verify(config, url),
        lockParty: { ...LOCAL_PARTY, order: this.verifier.lockOrder },
        record: (code, id) => {
          if (code === RECORD_DEVICE_REMOVED) this.verifier.deviceRemoved(id)
        },
      },
    })
  }

  get requester(): Requester {
    this.#requester ??= new Requester(this.engine)
    return this.#requester
  }

  /** Adds the case's device and starts it. False: its driver failed the start. */
  async add({ role = 'function', init, build }: CaseDriver): Promise<boolean> {
    const driver = driverUrl({
      EvtDriverDeviceAdd(_driver, deviceInit) {
        init?.(deviceInit)
        build(deviceInit.createDevice({ synchronizationScope: 'device' }))
      },
    })
    await this.engine.addDeviceStopped(driver, {
      role,
      below: [{ id: BELOW, role: 'bus', driver: lowerDriver(), parameters: {} }],
      hardware: { interrupts: [{ line: this.line, trigger: 'message' }] },
    })
    const started = this.engine.framework().startDevice(0)
    return started.then(
      () => true,
      () => false,
    )
  }

  /** One read of 16 bytes at that offset; returns its handle. */
  read(offset = 0): number {
    return this.#sent(this.requester.read(offset + 1, 16, offset))
  }

  write(): number {
    return this.#sent(this.requester.write(1))
  }

  ioctl(): number {
    return this.#sent(this.requester.ioctl(1, undefined, 16, 16))
  }

  internalIoctl(): number {
    return this.#sent(this.requester.internalIoctl(1, undefined, 16, 16))
  }

  cancel(handle: number): void {
    this.#sent(handle)
    this.engine.channel.cancel(handle)
    this.#sent(handle)
  }

  /** Asks the device's machines, and lets everything run meanwhile. */
  async power(request: PowerRequest): Promise<number> {
    return this.engine.until(this.engine.framework().power(0, request))
  }

  /** Lets promises, timers and the worker run for some turns. */
  async turns(count = 8): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.engine.settle()
      await eventLoopTurn()
    }
  }

  /** Until there is a report: for what is found after a while. */
  async reported(): Promise<void> {
    const until = performance.now() + 10_000
    while (this.reports.length === 0 && performance.now() < until) {
      this.engine.settle()
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }

  /** The device goes. */
  async remove(isSurprise = false): Promise<void> {
    await this.engine.until(this.engine.framework().stopDevice(0, 5, isSurprise))
  }

  #sent(handle: number): number {
    this.engine.channel.submit()
    this.engine.settle()
    this.engine.reap()
    return handle
  }
}

function keep(request: Request): void {
  request.markCancelable((canceled: Request) => canceled.complete(STATUS_CANCELLED))
}

/** Completes what it gets; a read at an offset from 1000 waits for its cancel. */
function lowerDriver(): string {
  return driverUrl({
    EvtDriverDeviceAdd(_driver, deviceInit) {
      deviceInit.createDevice({ synchronizationScope: 'device' }).createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        powerManaged: false,
        EvtIoRead(_queue, request) {
          if (request.deviceOffset >= 1000) keep(request)
          else request.complete(STATUS_SUCCESS)
        },
        EvtIoDefault: (_queue, request) => request.complete(STATUS_SUCCESS),
      })
    },
  })
}
