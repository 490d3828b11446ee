// What a simulated interrupt producer is asked to do, and the plan that comes of it.
// Runs on: main checks and completes the options; the plan is plain data and goes to the producer's thread.
// Invariant: whatever can be refused is refused here, before a channel or a thread exists.

import type { ChannelOptions } from '../src/index.js'
import { type Arrival, createArrivals } from './producer-arrival.js'
import type { BlockTrace } from './block-trace-columns.js'
import { SimulationError } from './errors.js'
import { Random } from './random.js'
import { RandomRequests, type RequestSource, TraceRequests } from './request-source.js'

export interface ProducerOptions {
  /** Name of the device that gets the requests. */
  readonly device: string
  /** When requests arrive. Default: a closed loop. */
  readonly arrival?: Arrival
  /** Requests in flight at most, 1 to 65,536. Default 32. */
  readonly depth?: number
  /** Ends after that many. Default: when the trace ends; without a trace never (`durationMs`, `stop`). */
  readonly requests?: number
  /** Ends after that time. */
  readonly durationMs?: number
  /** Not with a trace. Default: half of them reads. */
  readonly mix?: { readonly readShare: number }
  /** Size of a request; offsets are multiples of it. Not with a trace. Default 4096. */
  readonly blockBytes?: number
  /** Requests lie below this byte position. Default 64 MiB; with a trace: not checked, the disk's failures are counted. */
  readonly spanBytes?: number
  /**
   * Fills every write with data of its own and checks what every read brings. For disks that take requests in
   * the order of submission, and to which nobody else writes; sizes are multiples of 512 then. Default false.
   */
  readonly verify?: boolean
  /** For `verify`: the disk is all zeros at the start. False: blocks are checked once they were written. Default true. */
  readonly isBlank?: boolean
  /** Of the sequence of requests, the arrivals and the data written. Default 1. */
  readonly seed?: number
  /** Of the producer's own channel. Default: as many slots and bytes as `depth` and the largest request need. */
  readonly channel?: ChannelOptions
}

/** Checked and complete; survives structured clone. */
export interface ProducerPlan {
  readonly device: string
  readonly arrival: Arrival
  readonly depth: number
  /** Infinity: no limit. */
  readonly requests: number
  readonly durationMs: number
  readonly readShare: number
  readonly blockBytes: number
  readonly spanBytes: number
  readonly largestBytes: number
  readonly verify: boolean
  readonly isBlank: boolean
  readonly seed: number
}

const BLOCK_BYTES = 512
const DEFAULT_SPAN_BYTES = 64 * 2 ** 20
const MAX_DEPTH = 65_536
const MAX_BUFFER_BYTES = 2 ** 30
const MIN_BUFFER_BYTES = 4096
/** A channel gives out buffers in powers of two from this. */
const MIN_PIECE_BYTES = 64

/** The plan, and what the producer's channel needs. @throws SimulationError */
export function planProducer(options: ProducerOptions): {
  plan: ProducerPlan
  channel: ChannelOptions
} {
  if (typeof options !== 'object' || options === null) refuse('options', options, 'an object')
  const {
    device,
    arrival = { kind: 'closed-loop' },
    depth = 32,
    verify = false,
    isBlank = true,
    seed = 1,
  } = options
  if (typeof device !== 'string' || device === '') refuse('device', device, 'the name of a device')
  if (typeof arrival !== 'object' || arrival === null) refuse('arrival', arrival, 'an object')
  checkWhole('depth', depth, 1, MAX_DEPTH)
  checkWhole('seed', seed, -(2 ** 31), 2 ** 32 - 1)
  if (typeof verify !== 'boolean') refuse('verify', verify, 'true or false')
  if (typeof isBlank !== 'boolean') refuse('isBlank', isBlank, 'true or false')
  const trace = arrival.kind === 'trace' ? arrival.trace : undefined
  if (arrival.kind === 'trace') checkTrace(arrival.trace, options)
  const blockBytes = trace?.largestBytes ?? options.blockBytes ?? 4096
  if (verify && blockBytes % BLOCK_BYTES !== 0) {
    refuse('blockBytes', blockBytes, `a multiple of ${BLOCK_BYTES} when verify is true`)
  }
  const plan: ProducerPlan = {
    device,
    arrival,
    depth,
    requests: limit('requests', options.requests),
    durationMs: limit('durationMs', options.durationMs),
    readShare: options.mix?.readShare ?? 0.5,
    blockBytes,
    spanBytes:
      options.spanBytes ??
      (trace === undefined ? Math.max(blockBytes, DEFAULT_SPAN_BYTES) : 2 ** 53),
    largestBytes: blockBytes,
    verify,
    isBlank,
    seed,
  }
  // Both check their own options; the thread makes its own ones.
  createRequestSource(plan)
  createArrivals(plan.arrival, plan.seed)
  return { plan, channel: planChannel(plan, options.channel ?? {}) }
}

export function createRequestSource(plan: ProducerPlan): RequestSource {
  if (plan.arrival.kind === 'trace') return new TraceRequests(plan.arrival.trace)
  return new RandomRequests(plan, new Random(plan.seed))
}

function checkTrace(trace: BlockTrace, options: ProducerOptions): void {
  const columns = [trace?.timeUs, trace?.isWrite, trace?.sizeBytes, trace?.offsetBytes]
  if (!columns.every((column) => ArrayBuffer.isView(column) && column.length >= trace.count)) {
    refuse('arrival.trace', trace, 'a BlockTrace, as readBlockTrace makes them')
  }
  for (const name of ['mix', 'blockBytes'] as const) {
    if (options[name] !== undefined)
      refuse(name, options[name], 'left out with a trace, which has its own')
  }
  const { spanBytes = Infinity } = options
  if (!(spanBytes >= trace.highestByte)) {
    refuse('spanBytes', spanBytes, `at least ${trace.highestByte}, where the trace's last byte is`)
  }
}

/** A channel with a slot and a buffer for each request in flight. */
function planChannel(
  { depth, largestBytes }: ProducerPlan,
  wanted: ChannelOptions,
): ChannelOptions {
  const { slots = powerOfTwo(depth) } = wanted
  if (slots < depth) refuse('depth', depth, `at most ${slots}, the slots of the channel`)
  const needed = depth * powerOfTwo(Math.max(MIN_PIECE_BYTES, largestBytes))
  if (needed > MAX_BUFFER_BYTES) {
    const most = Math.floor((MAX_BUFFER_BYTES * depth) / needed)
    refuse(
      'depth',
      depth,
      `at most ${most} for requests of ${largestBytes} bytes (1 GiB of buffers)`,
    )
  }
  const { bufferBytes = powerOfTwo(Math.max(MIN_BUFFER_BYTES, needed)) } = wanted
  if (bufferBytes < needed) {
    refuse(
      'bufferBytes',
      bufferBytes,
      `at least ${needed}: ${depth} buffers for ${largestBytes} bytes each`,
    )
  }
  return { slots, bufferBytes }
}

function limit(option: string, value: number | undefined): number {
  if (value === undefined) return Infinity
  if (option === 'requests') checkWhole(option, value, 1, Number.MAX_SAFE_INTEGER)
  else if (!(value > 0 && value < Infinity)) refuse(option, value, 'a finite number above 0')
  return value
}

function checkWhole(option: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  refuse(option, value, `a whole number from ${min} to ${max}`)
}

function powerOfTwo(atLeast: number): number {
  return 2 ** Math.ceil(Math.log2(atLeast))
}

function refuse(option: string, value: unknown, expected: string): never {
  throw new SimulationError(option, value, expected)
}
