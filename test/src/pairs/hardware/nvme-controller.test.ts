import { describe, expect, it } from 'vitest'
import { prepareHardware } from '../../../../native-sim/hardware-models.js'
import { NvmeDevice, type NvmeOptions } from '../../../../native-sim/nvme-device.js'
import { NVME_CONFIGURATION, NVME_ENABLE } from '../../../../src/abi/nvme-registers.js'
import { DeviceHardware } from '../../../../src/framework/device-hardware.js'
import { NvmeController } from '../../../../src/pairs/hardware/nvme-controller.js'
import { freeDevice, newLevels } from '../../../harness/levels.js'

function bench(options: Partial<NvmeOptions> = {}, isMapped = true) {
  const { levels, lines } = newLevels()
  const model = { model: 'nvme', name: 'nvme0', ...options } as const
  const both = [lines.allocate(), lines.allocate()]
  const { plan, resources } = prepareHardware(model, both, 2 ** 20)
  const device = new NvmeDevice({ ...model, bar: plan.bar, lines: both })
  if (isMapped) for (const window of plan.windows) device.mapDma(window)
  const hardware = new DeviceHardware(freeDevice, levels, resources)
  hardware.registers.step = () => void device.poll(64)
  const run = async (promise: Promise<unknown>): Promise<unknown> => {
    const timer = setInterval(() => device.poll(64), 0)
    try {
      return await promise
    } finally {
      clearInterval(timer)
    }
  }
  /** What a successor of a dead worker gets: the same resources. */
  const successor = (): DeviceHardware => {
    const next = new DeviceHardware(freeDevice, newLevels().levels, resources)
    next.registers.step = hardware.registers.step
    return next
  }
  return { device, hardware, run, successor }
}

describe('NvmeController', () => {
  it('starts, stops and starts again', async () => {
    const { hardware, run } = bench({ blocks: 1000 })
    const controller = new NvmeController(hardware, 16, 1)
    for (let i = 0; i < 3; i++) {
      await run(controller.start())
      expect([controller.sizeBytes, controller.maximumTransferBytes]).toEqual([512_000, 131_072])
      expect(hardware.registers.read(NVME_CONFIGURATION)).toBe(NVME_ENABLE)
      controller.stop()
    }
  })

  it('a successor of a dead worker takes the device over, whatever was under way', async () => {
    const { hardware, run, successor, device } = bench({ latencyUs: 1e9 })
    const controller = new NvmeController(hardware, 16, 1)
    await run(controller.start())
    for (let i = 0; i < 5; i++) controller.io.push()
    // Died with a register write that the device has not seen.
    hardware.registers.write(NVME_CONFIGURATION, NVME_ENABLE)
    const next = successor()
    const again = new NvmeController(next, 16, 1)
    await run(again.start())
    expect([again.sizeBytes > 0, again.io.hasCompletion(), device.nextUs()]).toEqual([
      true,
      false,
      Infinity,
    ])
  })

  it('says when its queues are out of the device’s reach', async () => {
    const { hardware, run } = bench({}, false)
    const controller = new NvmeController(hardware, 16, 1)
    await expect(run(controller.start())).rejects.toMatchObject({
      code: 'STATUS_IO_DEVICE_ERROR',
      value: 'reports a fatal error',
    })
  })

  it('says when the device refuses a command: a vector that it has not', async () => {
    const { hardware, run } = bench()
    const controller = new NvmeController(hardware, 16, 7)
    await expect(run(controller.start())).rejects.toThrow(/refuses admin command 5/)
  })

  it('says when the device has gone', async () => {
    const { hardware, device, run } = bench()
    device.surpriseRemove()
    const controller = new NvmeController(hardware, 16, 1)
    await expect(run(controller.start())).rejects.toMatchObject({
      code: 'STATUS_IO_DEVICE_ERROR',
    })
  })
})
