/**
 * workload-devices.ts: the devices of a workload: which driver, with which parameters.
 *
 * Runs on: the main thread of a child process.
 */
import { drivers, type DeviceOptions } from '../../src/index.js'
import type { BenchDriverParameters } from './bench-driver.js'
import type { StampsPlan } from './stamps.js'
import { effectiveBatch, type Workload } from './workload.js'

/** What a host does with the offsets of its requests. */
export type Addressing = 'stamp' | 'random' | 'sequential'

export interface WorkloadDriver {
  readonly driver: URL | string
  readonly parameters: Readonly<Record<string, unknown>>
}

/** What all disks together may come to hold, and what one host uses of one disk. */
const ALL_SPANS_BYTES = 512 * 2 ** 20
const LARGEST_SPAN_BYTES = 64 * 2 ** 20
const FEWEST_BLOCKS = 64

/** Bytes of each device that are one host's own: whole blocks, and enough of them that they are not all the same. */
export function spanBytesOf({ blockBytes, hosts, devices }: Workload): number {
  const share = Math.min(LARGEST_SPAN_BYTES, ALL_SPANS_BYTES / (hosts * devices))
  return Math.max(FEWEST_BLOCKS, Math.floor(share / blockBytes)) * blockBytes
}

/** Whether the driver of this workload writes stamps. */
export function writesStamps({ handler, timesAll }: Workload): boolean {
  return timesAll && ['null', 'spin', 'async'].includes(handler.kind)
}

export function addressingOf(workload: Workload): Addressing {
  if (writesStamps(workload)) return 'stamp'
  const { kind } = workload.handler
  return kind === 'ramdisk' || kind === 'module' ? 'random' : 'sequential'
}

/** The driver that does the work: the bottom of the device's stack. */
export function workloadDriver(
  workload: Workload,
  stamps: StampsPlan | undefined,
  gc: SharedArrayBuffer,
): WorkloadDriver {
  const { handler, dispatch, scope } = workload
  const queue = { dispatchType: dispatch, synchronizationScope: scope }
  if (handler.kind === 'module') return { driver: handler.url, parameters: queue }
  if (handler.kind === 'ramdisk') {
    const bytes = workload.hosts * spanBytesOf(workload)
    return { driver: drivers.ramdisk, parameters: { bytes } }
  }
  const spinUs = handler.kind === 'spin' ? handler.microseconds : 0
  if (handler.kind !== 'async' && stamps === undefined) {
    return { driver: drivers.null, parameters: { ...queue, spinUs } }
  }
  const parameters: BenchDriverParameters = {
    ...queue,
    spinUs,
    gc,
    ...(handler.kind === 'async' ? { asyncMs: handler.milliseconds } : {}),
    ...(stamps === undefined ? {} : { stamps }),
  }
  const driver = new URL('./bench-driver.js', import.meta.url)
  return { driver, parameters: { ...parameters } }
}

/** The devices, each on the next worker in turn. */
export function workloadDevices(
  workload: Workload,
  stamps: StampsPlan | undefined,
  gc: SharedArrayBuffer,
): DeviceOptions[] {
  const bottom = workloadDriver(workload, stamps, gc)
  const passDown = {
    driver: new URL('./pass-down-driver.js', import.meta.url),
    role: 'filter' as const,
  }
  const above = Array.from({ length: workload.stack - 1 }, () => passDown)
  const levels = above.length === 0 ? bottom : { stack: [...above, bottom] }
  return Array.from({ length: workload.devices }, (_, index) => ({
    name: `device${index}`,
    worker: index % workload.workers,
    ...levels,
  }))
}

/** As many slots and bytes as a host of this workload needs. */
export function channelOptionsOf(workload: Workload): { slots: number; bufferBytes: number } {
  const { depth, blockBytes } = workload
  const piece = powerOfTwo(Math.max(64, blockBytes))
  // Opening and closing files take slots too.
  const slots = powerOfTwo(Math.max(64, depth, effectiveBatch(workload)))
  return { slots, bufferBytes: powerOfTwo(Math.max(4096, depth * piece)) }
}

function powerOfTwo(atLeast: number): number {
  return 2 ** Math.ceil(Math.log2(atLeast))
}
