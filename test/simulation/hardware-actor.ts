/**
 * Hardware actor: a simulated disk on a thread of its own: the NVMe-like device of native-sim, moved one poll a step,
 * with the faults of the seed. Runs on: the simulation's one thread.
 */
import type { HardwareDevice } from '../../native-sim/hardware-device.js'
import type { FaultOptions } from '../../native-sim/fault-plan.js'
import type { HardwareResources } from '../../src/framework/device-hardware.js'
import type { Engine } from '../../src/manager/engine.js'
import { Actor } from './actor.js'
import type { Kernel } from './kernel.js'
import type { World } from './world.js'

export const DISK = 'disk'
const LINES = 2
const COMMON_BYTES = 2 ** 17
const POLL_LIMIT = 4
const MAX_DELAY_US = 5000

export class HardwareActor extends Actor {
  readonly device: HardwareDevice
  readonly resources: HardwareResources

  constructor(kernel: Kernel, device: HardwareDevice, resources: HardwareResources) {
    super(kernel, 'hardware')
    this.device = device
    this.resources = resources
  }

  /** Makes the device, on lines of that worker. It reaches the memory of the engine's own channel. */
  static make({ kernel, source }: World, engine: Engine, worker: number): HardwareActor {
    const lines = engine.allocateInterruptLines(worker, LINES)
    const model = { model: 'nvme', name: DISK, faults: drawFaults(kernel) } as const
    const { plan, resources } = source.prepareHardware(model, lines, COMMON_BYTES)
    const device = source.createModel(plan)
    device.mapDma(source.channelWindow(engine.channel))
    return new HardwareActor(kernel, device, resources)
  }

  override get nextMs(): number {
    return this.device.hasWork() ? 0 : this.device.nextUs() / 1000
  }

  override step(): void {
    this.device.poll(POLL_LIMIT)
  }

  override stepInside(): boolean {
    return this.device.poll(POLL_LIMIT) > 0
  }

  /** Writes down which faults the device has had. */
  countFaults(): void {
    const { late, lost, spurious, stuck, slowDma, failedDma } = this.device.report().faults
    const { faults } = this.kernel
    faults.count('lost interrupt', late + lost)
    faults.count('spurious interrupt', spurious + stuck)
    faults.count('bad DMA', slowDma + failedDma)
  }
}

function drawFaults({ faults, random }: Kernel): FaultOptions {
  const delayUs = 1 + random.nextBelow(MAX_DELAY_US)
  const interrupts = { probability: faults.rate('lost interrupt') }
  const transfers = { probability: faults.rate('bad DMA') }
  return {
    seed: random.nextBelow(2 ** 31),
    lateInterrupt: { ...interrupts, delayUs },
    lostInterrupt: interrupts,
    spuriousInterrupt: { probability: faults.rate('spurious interrupt') },
    slowDma: { ...transfers, delayUs },
    failedDma: transfers,
  }
}
