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

/** Bytes of a disk that one host uses: enough blocks that nothing stays in a cache by accident. */
const SPAN_BLOCKS = 16_384
const SPAN_BYTES = 64 * 2 ** 20

/** Of each host. */
export function spanBytesOf({ blockBytes }: Workload): number {
  return Math.max(SPAN_BYTES, SPAN_BLOCKS * blockBytes)
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

/** From the top of the device's stack to its bottom. One of them, as long as stacks have one level. */
export function driverStack(
  workload: Workload,
  stamps: StampsPlan | undefined,
  gc: SharedArrayBuffer,
): readonly WorkloadDriver[] {
  const { handler, dispatch, scope } = workload
  const queue = { dispatchType: dispatch, synchronizationScope: scope }
  if (handler.kind === 'module') return [{ driver: handler.url, parameters: queue }]
  if (handler.kind === 'ramdisk') {
    const bytes = workload.hosts * spanBytesOf(workload)
    return [{ driver: drivers.ramdisk, parameters: { bytes } }]
  }
  const spinUs = handler.kind === 'spin' ? handler.microseconds : 0
  if (handler.kind !== 'async' && stamps === undefined) {
    return [{ driver: drivers.null, parameters: { ...queue, spinUs } }]
  }
  const parameters: BenchDriverParameters = {
    ...queue,
    spinUs,
    gc,
    ...(handler.kind === 'async' ? { asyncMs: handler.milliseconds } : {}),
    ...(stamps === undefined ? {} : { stamps }),
  }
  const driver = new URL('./bench-driver.js', import.meta.url)
  return [{ driver, parameters: { ...parameters } }]
}

/** The devices, each on the next worker in turn. */
export function workloadDevices(
  workload: Workload,
  stamps: StampsPlan | undefined,
  gc: SharedArrayBuffer,
): DeviceOptions[] {
  const [top] = driverStack(workload, stamps, gc)
  return Array.from({ length: workload.devices }, (_, index) => ({
    name: `device${index}`,
    worker: index % workload.workers,
    ...top!,
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
