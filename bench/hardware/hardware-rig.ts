/**
 * hardware-rig.ts: an engine, a simulated device on a thread of its own, and its driver, from their start to the
 * ledger.
 *
 * Runs on: the main thread of a child process. The engine is loaded here, when a scenario runs.
 */
import { availableParallelism } from 'node:os'
import type { HardwareModel, HardwareReport, SimulatedHardware } from '../../native-sim/index.js'
import type { Engine, IrpFile } from '../../src/index.js'
import { measureOnEngine, slotsFor } from '../engine/null-devices.js'
import type { Measurement } from '../scenario.js'
import { type InterruptStampsPlan, READ_BYTES, STAMPS_OF_PLACE } from './interrupt-stamps.js'

/** Host, worker and hardware. */
const THREADS = 3
const LINES = { edu: 1, nvme: 2 }

export interface RigOptions {
  readonly device: HardwareModel
  /** Requests in flight, each with a buffer of its own. */
  readonly depth: number
  readonly parameters?: Readonly<Record<string, unknown>>
  /** With a driver that leaves stamps. */
  readonly hasStages: boolean
  /**
   * The device's thread never sleeps, as a device's own processor does not; else it waits as its default is. With a
   * thread too many for the processors it keeps one awake: waking one that has gone idle takes 25 µs here, and waking
   * one where another thread runs 5.
   */
  readonly isBusy: boolean
}

export interface HardwareRig {
  readonly engine: Engine
  readonly hardware: SimulatedHardware
  readonly file: IrpFile
  readonly stamps: InterruptStampsPlan | null
}

export async function measureOnHardware(
  options: RigOptions,
  body: (rig: HardwareRig) => Promise<Measurement>,
): Promise<Measurement> {
  const { SimulatedHardware: Hardware, channelWindow } = await import('../../native-sim/index.js')
  const { device, depth, hasStages, isBusy, parameters = {} } = options
  const engineOptions = { workers: 1, slots: slotsFor(depth), bufferBytes: bufferBytesFor(depth) }
  return measureOnEngine(engineOptions, async function measureDevice(engine) {
    // Three threads on two processors: a host that spins takes the one that its answers need.
    if (isOversubscribed()) engine.channel.waitStrategy = 'park'
    const stamps = hasStages ? await createStamps(depth, LINES[device.model]) : null
    const lines = engine.allocateInterruptLines(0, LINES[device.model])
    const raiseTimes = stamps === null ? {} : { raiseTimes: stamps.raiseTimes }
    const hardware = await Hardware.start({
      device: { ...device, ...raiseTimes },
      lines,
      ...(isBusy ? { waitStrategy: 'busy-spin' as const } : {}),
    })
    await hardware.mapDma(channelWindow(engine.channel))
    await engine.addDevice({
      name: device.name,
      driver: await driverOf(device, hasStages),
      parameters: { ...parameters, stamps },
      hardware: hardware.resources,
    })
    const file = await engine.open(device.name)
    const measurement = await body({ engine, hardware, file, stamps })
    await file.close()
    await engine.removeDevice(device.name)
    const report = await hardware.stop()
    return { ...measurement, notes: { ...measurement.notes, ...notesAbout(report) } }
  })
}

async function driverOf({ model }: HardwareModel, hasStages: boolean): Promise<URL | string> {
  const { drivers } = await import('../../src/index.js')
  return hasStages ? new URL(`./stamping-${model}-driver.js`, import.meta.url) : drivers[model]
}

async function createStamps(places: number, lines: number): Promise<InterruptStampsPlan> {
  const { createRaiseTimes } = await import('../../native-sim/index.js')
  return {
    places: new SharedArrayBuffer(places * STAMPS_OF_PLACE * 8),
    raiseTimes: createRaiseTimes(lines),
  }
}

function bufferBytesFor(depth: number): number {
  return Math.max(65_536, 2 ** Math.ceil(Math.log2(depth * READ_BYTES)))
}

/** What the hardware has to say, and whether its thread had a processor. */
function notesAbout({ raised, dmaFaults }: HardwareReport): Record<string, number | string> {
  return {
    interrupts: raised.reduce((sum, count) => sum + (count >>> 0), 0),
    ...(dmaFaults === 0 ? {} : { dmaFaults }),
    ...(isOversubscribed()
      ? {
          oversubscribed: `host, worker and hardware: ${THREADS} threads on ${availableParallelism()} processors`,
        }
      : {}),
  }
}

function isOversubscribed(): boolean {
  return availableParallelism() < THREADS
}
