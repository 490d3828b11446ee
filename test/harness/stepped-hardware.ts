/**
 * Stepped hardware: a device, its worker and a host on ONE thread, moved by hand, with a clock that stands still.
 * What the Framework does for a device with hardware is done here around the real pieces: attach it when the device
 * is created, connect its interrupts at D0 entry, take them away at D0 exit, poll above and below the requests.
 * Runs on: the test's own thread.
 */
import { engineBytes, WORKER_DOORBELL, workerBlockWord } from '../../src/abi/engine-layout.js'
import { LevelledTurn, type LevelBudgets } from '../../src/dispatch/levelled-turn.js'
import {
  attachHardware,
  DeviceHardware,
  type HardwareResources,
} from '../../src/framework/device-hardware.js'
import type { DriverModule } from '../../src/framework/driver.js'
import type { PnpPowerEventCallbacks } from '../../src/framework/pnp/device-callbacks.js'
import {
  createInterruptBlock,
  interruptBlockOf,
  InterruptLines,
  type LineDescriptor,
} from '../../src/irp/interrupt-block.js'
import { allocateShared } from '../../src/sharedarraybuffer-queue/arena.js'
import { VirtualClock } from '../../native-sim/hardware-clock.js'
import type { HardwareDevice } from '../../native-sim/hardware-device.js'
import type { DmaWindow } from '../../native-sim/dma-space.js'
import { eventLoopTurn } from './event-loop-turn.js'
import { driverUrl } from './inline-driver.js'
import { type Completion, SteppedEngine, type SteppedOptions } from './stepped-engine.js'

const POLL_LIMIT = 256
const MAX_TURNS = 5000
const PATIENCE_MS = 20_000

export interface SteppedHardwareOptions extends SteppedOptions {
  readonly lines?: number
  readonly budgets?: LevelBudgets
}

/** The worker's side: an interrupt block, the levels, an engine. The device is added by the test. */
export class SteppedHardware {
  readonly clock = new VirtualClock()
  readonly engine: SteppedEngine
  readonly lines: LineDescriptor[]
  readonly levels: LevelledTurn
  /** What ISRs, DPCs, timers and work items threw. */
  readonly thrown: unknown[] = []
  /** Interrupts that were switched off because nobody claimed them. */
  stuckLines = 0
  pendingAsync = 0
  device: HardwareDevice | undefined
  hardware: DeviceHardware | undefined

  constructor(options: SteppedHardwareOptions = {}) {
    this.engine = new SteppedEngine(options)
    const block = createInterruptBlock(8)
    const doorbell = {
      buffer: allocateShared(engineBytes(1)),
      word: workerBlockWord(0) + WORKER_DOORBELL,
    }
    const lines = new InterruptLines(block, doorbell)
    this.lines = Array.from({ length: options.lines ?? 1 }, () => lines.allocate())
    this.levels = new LevelledTurn(
      interruptBlockOf(block),
      {
        callbackThrew: (_callback, error) => this.thrown.push(error),
        lineIsStuck: () => this.stuckLines++,
        wake: () => {},
        pendingAsync: (change) => {
          this.pendingAsync += change
        },
      },
      options.budgets,
      () => this.clock.nowUs() / 1000,
    )
  }

  /** The channel's buffers, as the device reaches them. */
  get channelWindow(): DmaWindow {
    const { id, buffer, geometry } = this.engine.memory
    return {
      window: id,
      buffer,
      byteOffset: geometry.bufferByteOffset,
      byteLength: geometry.bufferBytes,
    }
  }

  /** Adds and starts a device with that driver and hardware; no `device`: it has a thread of its own. */
  async addDevice(
    driver: DriverModule,
    device: HardwareDevice | undefined,
    resources: HardwareResources,
    parameters: Record<string, unknown> = {},
  ): Promise<void> {
    this.device = device
    device?.mapDma(this.channelWindow)
    await this.until(this.engine.addDevice(this.#wired(driver, resources), { parameters }))
  }

  /** One turn of the worker. */
  turn(): number {
    const raised = this.levels.pollRaised()
    const requests = this.engine.step()
    return raised + requests + this.levels.pollPassive()
  }

  /** Lets the hardware do what it can. */
  poll(): number {
    return this.device?.poll(POLL_LIMIT) ?? 0
  }

  /** Lets time pass for hardware and timers alike. */
  pass(us: number): void {
    this.clock.advance(us)
  }

  /** Publishes, lets hardware, worker and time go on until nothing happens any more, reaps. */
  run(): Completion[] {
    this.engine.channel.submit()
    for (let idle = 0, turns = 0; idle < 3; turns++) {
      if (turns > MAX_TURNS) throw new Error('hardware and worker do not come to rest')
      const done = this.poll() + this.turn()
      if (done !== 0) idle = 0
      else if (!this.#passToNextEvent()) idle++
    }
    return this.engine.reap()
  }

  /** As `run`, until the promise has settled, with the event loop. */
  async until<T>(promise: Promise<T>): Promise<T> {
    const state = { settled: false }
    const settled = (): void => {
      state.settled = true
    }
    promise.then(settled, settled)
    // A module that is loaded meanwhile takes as long as the machine is busy.
    const deadline = performance.now() + PATIENCE_MS
    while (!state.settled) {
      if (performance.now() > deadline) throw new Error('the promise does not settle')
      this.poll()
      this.turn()
      await eventLoopTurn()
    }
    return promise
  }

  /** Moves the clock to whatever is due next; false when nothing is. */
  #passToNextEvent(): boolean {
    const nextUs = Math.min(this.device?.nextUs() ?? Infinity, this.levels.nextTimerMs * 1000)
    if (nextUs === Infinity) return false
    this.clock.advance(Math.max(0, nextUs - this.clock.nowUs()) + 0.001)
    return true
  }

  /** The driver, with its device given hardware as the Framework gives it. */
  #wired(driver: DriverModule, resources: HardwareResources): string {
    return driverUrl({
      EvtDriverDeviceAdd: (driverObject, deviceInit) => {
        const create = deviceInit.createDevice.bind(deviceInit)
        deviceInit.createDevice = (attributes) => {
          deviceInit.setPnpPowerEventCallbacks(this.#wiredCallbacks(deviceInit.callbacks))
          const device = create(attributes)
          const hardware = new DeviceHardware(device, this.levels, resources)
          if (this.device !== undefined) hardware.registers.step = () => void this.poll()
          attachHardware(device, hardware)
          this.hardware = hardware
          return device
        }
        return driver.EvtDriverDeviceAdd(driverObject, deviceInit)
      },
    })
  }

  #wiredCallbacks(inner: PnpPowerEventCallbacks): PnpPowerEventCallbacks {
    const hardware = (): DeviceHardware => {
      if (this.hardware === undefined) throw new Error('there is no device yet')
      return this.hardware
    }
    return {
      EvtDevicePrepareHardware: async (device, raw, translated) => {
        hardware().phase = 'prepare-hardware'
        const status = await inner.EvtDevicePrepareHardware?.(device, raw, translated)
        hardware().phase = 'later'
        return status
      },
      EvtDeviceD0Entry: async (device, previous) => {
        const status = await inner.EvtDeviceD0Entry?.(device, previous)
        if (typeof status === 'number' && status < 0) return status
        const connected = await hardware().connectInterrupts()
        return connected < 0 ? connected : hardware().enableDma()
      },
      EvtDeviceD0Exit: async (device, target) => {
        await hardware().disableDma()
        const isSurpriseRemoved = hardware().isRemoved
        const disconnected = await hardware().disconnectInterrupts({ isSurpriseRemoved })
        const status = await inner.EvtDeviceD0Exit?.(device, target)
        return disconnected < 0 ? disconnected : status
      },
      EvtDeviceReleaseHardware: async (device, translated) => {
        const status = await inner.EvtDeviceReleaseHardware?.(device, translated)
        hardware().releaseHardware()
        return status
      },
    }
  }
}
