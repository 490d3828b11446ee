/**
 * Devices on real threads of their own; this thread plays host and worker. Imports the build.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import type * as EduDriver from '../../src/pairs/hardware/edu.js'
import type * as NvmeDriver from '../../src/pairs/hardware/nvme.js'
import type * as Irpool from '../../src/index.js'
import type * as NativeSim from '../../native-sim/index.js'
import type * as RequesterModule from '../harness/requester.js'
import type * as SteppedModule from '../harness/stepped-hardware.js'
import type { HardwareModel } from '../../native-sim/index.js'
import { eventLoopTurn } from '../harness/event-loop-turn.js'

const build = new URL('../../build/', import.meta.url)
const load = <T>(path: string): Promise<T> => import(new URL(path, build).href) as Promise<T>
const irpool = await load<typeof Irpool>('src/index.js')
const sim = await load<typeof NativeSim>('native-sim/index.js')
const stepped = await load<typeof SteppedModule>('test/harness/stepped-hardware.js')
const requesters = await load<typeof RequesterModule>('test/harness/requester.js')
const { default: edu } = await load<typeof EduDriver>('src/pairs/hardware/edu.js')
const { default: nvme } = await load<typeof NvmeDriver>('src/pairs/hardware/nvme.js')

/** More turns of the event loop than a test needs; one that runs into it hangs. */
const MAX_TURNS = 100_000

async function bench(device: HardwareModel) {
  const host = new stepped.SteppedHardware({
    slots: 128,
    bufferBytes: 2 ** 20,
    lines: device.model === 'edu' ? 1 : 2,
  })
  const hardware = await sim.SimulatedHardware.start({ device, lines: host.lines })
  onTestFinished(async () => {
    await hardware.stop().catch(() => {})
  })
  await hardware.mapDma(host.channelWindow)
  const driver = device.model === 'edu' ? edu : nvme
  await host.addDevice(driver, undefined, hardware.resources)
  const requester = new requesters.Requester(host.engine)
  /** Worker and host until so many completions have come. */
  const collect = async (count: number) => {
    host.engine.channel.submit()
    const done = host.engine.reap()
    for (let turns = 0; done.length < count; turns++) {
      if (turns > MAX_TURNS) throw new Error(`only ${done.length} of ${count} completions came`)
      if (host.turn() === 0) await eventLoopTurn()
      done.push(...host.engine.reap())
    }
    return done
  }
  return { host, hardware, requester, collect }
}

describe('a device on its own thread', () => {
  it('edu: factorials and DMA, interrupt by interrupt', async () => {
    const { host, hardware, requester, collect } = await bench({ model: 'edu', name: 'edu0' })
    const view = new DataView(requester.buffer.bytes.buffer, requester.buffer.byteOffset)
    for (let n = 0; n < 50; n++) {
      view.setInt32(0, n % 13, true)
      requester.ioctl(n, irpool.IOCTL_EDU_FACTORIAL, 4, 4)
      expect(await collect(1)).toMatchObject([{ context: n, status: 0, information: 4 }])
    }
    // 49 modulo 13 is 10.
    expect(view.getInt32(0, true)).toBe(3_628_800)
    requester.buffer.bytes.fill(5)
    requester.write(1, 4096, 0)
    await collect(1)
    requester.buffer.bytes.fill(0)
    requester.read(2, 4096, 0)
    expect(await collect(1)).toMatchObject([{ status: 0, information: 4096 }])
    expect(new Set(requester.buffer.bytes)).toEqual(new Set([5]))
    expect(host.hardware?.interrupts[0]?.statistics).toMatchObject({ services: 52 })
    const report = await hardware.report()
    expect(report).toMatchObject({ dmaBytesRead: 4096, dmaBytesWritten: 4096, dmaFaults: 0 })
    expect(host.thrown).toEqual([])
  })

  it('nvme: what is written comes back, thousands of requests, many at once', async () => {
    const { host, requester, collect } = await bench({ model: 'nvme', name: 'nvme0' })
    const { channel, file } = requester
    const buffers = Array.from({ length: 64 }, () => channel.allocate(512))
    for (let round = 0; round < 30; round++) {
      buffers.forEach((buffer, i) => {
        buffer.bytes.fill((round + i) & 0xff)
        channel.prepareWrite(file, buffer, 512, i * 512, i)
      })
      await collect(64)
      buffers.forEach((buffer, i) => {
        buffer.bytes.fill(0xee)
        channel.prepareRead(file, buffer, 512, (63 - i) * 512, i)
      })
      const done = await collect(64)
      expect(done.every(({ status, information }) => status === 0 && information === 512)).toBe(
        true,
      )
      buffers.forEach((buffer, i) => {
        expect(buffer.bytes[0]).toBe((round + 63 - i) & 0xff)
        expect(buffer.bytes[511]).toBe((round + 63 - i) & 0xff)
      })
    }
    const { inFlight, duplicates, lost } = channel.ledger()
    expect([inFlight, duplicates, lost, host.thrown]).toEqual([0, 0, 0, []])
  })

  it('nvme with latency and faults: wakes by itself for what is due', async () => {
    const faults = {
      lateInterrupt: { probability: 0.3, delayUs: 500 },
      slowDma: { probability: 0.3, delayUs: 700 },
      spuriousInterrupt: { probability: 0.1 },
    }
    const model = { model: 'nvme', name: 'nvme0', latencyUs: 400, faults } as const
    const { requester, hardware, collect } = await bench(model)
    for (let i = 0; i < 30; i++) {
      requester.read(i, 512, i * 512)
      expect(await collect(1)).toMatchObject([{ context: i, status: 0, information: 512 }])
    }
    const { late, slowDma } = (await hardware.report()).faults
    expect([late > 0, slowDma > 0]).toEqual([true, true])
  })

  it('reads all ones once it has been pulled out', async () => {
    const { host, hardware } = await bench({ model: 'edu', name: 'edu0' })
    const registers = host.hardware!.registers
    expect(registers.read(irpool.EDU_IDENTIFICATION)).toBe(irpool.EDU_IDENTITY)
    await hardware.surpriseRemove()
    expect(registers.read(irpool.EDU_IDENTIFICATION)).toBe(irpool.ALL_ONES)
    expect((await hardware.stop()).isRemoved).toBe(true)
  })

  it('sleeps when there is nothing to do, and wakes for a register write', async () => {
    const { host } = await bench({ model: 'edu', name: 'edu0', factorialUs: 0 })
    const registers = host.hardware!.registers
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      registers.write(irpool.EDU_LIVENESS, i)
      expect(registers.read(irpool.EDU_LIVENESS)).toBe(~i)
    }
    expect(registers.hardware.rings).toBeGreaterThan(0)
  })

  it('tells of a window that cannot be, and goes on', async () => {
    const { hardware, host } = await bench({ model: 'edu', name: 'edu0' })
    await expect(hardware.mapDma({ ...host.channelWindow, byteOffset: -1 })).rejects.toMatchObject({
      code: 'ERR_IRP_SIMULATION_OPTION',
    })
    await hardware.unmapDma(host.channelWindow.window)
    expect((await hardware.report()).dmaFaults).toBe(0)
  })

  it('killed: its calls reject, its driver’s reads time out', async () => {
    const { hardware, host } = await bench({ model: 'edu', name: 'edu0' })
    await hardware.terminate()
    await expect(hardware.finished).rejects.toMatchObject({
      code: 'ERR_IRP_HARDWARE_DIED',
      device: 'edu0',
    })
    const registers = host.hardware!.registers
    registers.write(irpool.EDU_LIVENESS, 1)
    expect(() => registers.read(irpool.EDU_LIVENESS)).toThrow('STATUS_IO_TIMEOUT')
  })

  it('stopped or killed: what is asked of it then rejects, too', async () => {
    for (const end of ['stop', 'terminate'] as const) {
      const { hardware, host } = await bench({ model: 'edu', name: 'edu0' })
      await hardware[end]()
      const died = { code: 'ERR_IRP_HARDWARE_DIED', device: 'edu0' }
      await expect(hardware.mapDma(host.channelWindow)).rejects.toMatchObject(died)
      await expect(hardware.unmapDma(1)).rejects.toMatchObject(died)
      await expect(hardware.surpriseRemove()).rejects.toMatchObject(died)
      await expect(hardware.report()).rejects.toMatchObject(died)
    }
  })

  it('refuses impossible options before anything starts', async () => {
    const { host } = await bench({ model: 'edu', name: 'edu0' })
    const start = (device: object) =>
      sim.SimulatedHardware.start({ device: device as HardwareModel, lines: host.lines })
    await expect(start({ model: 'toaster', name: 'x' })).rejects.toMatchObject({
      code: 'ERR_IRP_SIMULATION_OPTION',
      option: 'model',
    })
    await expect(start({ model: 'edu', name: 'x', dmaUs: -1 })).rejects.toMatchObject({
      option: 'dmaUs',
    })
    await expect(start({ model: 'edu', name: 'x', faults: { wrong: {} } })).rejects.toMatchObject({
      option: 'faults',
    })
    await expect(
      sim.SimulatedHardware.start({
        device: { model: 'edu', name: 'x' },
        lines: host.lines,
        waitStrategy: 'spin' as 'park',
      }),
    ).rejects.toMatchObject({ option: 'waitStrategy' })
  })
})
