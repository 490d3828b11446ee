/**
 * Channel memory: the shared bytes of one channel, made by its creator and attached by everybody else.
 * Layout: abi/channel-layout. Runs on: any thread.
 */
import {
  CHANNEL_DOORBELL,
  CHANNEL_ID,
  CHANNEL_MAGIC,
  CHANNEL_MAGIC_VALUE,
  CHANNEL_SLOT_COUNT,
  CHANNEL_WORKER_COUNT,
  PORT_INCARNATION,
  type ChannelGeometry,
  channelGeometry,
  portWord,
} from '../abi/channel-layout.js'
import { IRP_SLOT_SHIFT, IRP_SLOT_WORDS } from '../abi/irp-layout.js'
import { store, write } from '../sharedarraybuffer-queue/access.js'
import { type ArenaShare, allocateShared } from '../sharedarraybuffer-queue/arena.js'
import { Ringer } from '../sharedarraybuffer-queue/doorbell.js'
import { checkCapacity, initializeRing } from '../sharedarraybuffer-queue/spsc-ring.js'

/** What another thread needs to attach to a channel's memory; structured-cloneable. */
export interface ChannelMemoryDescriptor {
  readonly id: number
  readonly buffer: SharedArrayBuffer
  readonly slotCount: number
  readonly workerCount: number
  readonly bufferBytes: number
  /** Where the host sleeps, if not at the channel's own doorbell. */
  readonly hostBell?: HostBell
}

/** The doorbell of a host that has one already: a Framework worker. */
export interface HostBell {
  readonly buffer: SharedArrayBuffer
  readonly word: number
}

export class ChannelMemory {
  readonly id: number
  readonly buffer: SharedArrayBuffer
  readonly words: Int32Array
  readonly bytes: Uint8Array
  readonly geometry: ChannelGeometry
  readonly hostBell: HostBell | undefined

  constructor(descriptor: ChannelMemoryDescriptor) {
    this.id = descriptor.id
    this.hostBell = descriptor.hostBell
    this.buffer = descriptor.buffer
    this.words = new Int32Array(descriptor.buffer)
    this.bytes = new Uint8Array(descriptor.buffer)
    this.geometry = channelGeometry(
      descriptor.slotCount,
      descriptor.workerCount,
      descriptor.bufferBytes,
    )
  }

  /** First word of a slot. */
  slotWord(slot: number): number {
    return this.geometry.slotsWord + (slot << IRP_SLOT_SHIFT)
  }

  submissionRing(worker: number): number {
    return portWord(this.geometry, worker) + this.geometry.submissionRingOffset
  }

  completionRing(worker: number): number {
    return portWord(this.geometry, worker) + this.geometry.completionRingOffset
  }

  /** First word of the results of a worker's completions. */
  resultsWord(worker: number): number {
    return portWord(this.geometry, worker) + this.geometry.resultsOffset
  }

  /** First word of a worker's presented marks. */
  presentedWord(worker: number): number {
    return portWord(this.geometry, worker) + this.geometry.presentedOffset
  }

  incarnationWord(worker: number): number {
    return portWord(this.geometry, worker) + PORT_INCARNATION
  }

  doorbell(): number {
    return CHANNEL_DOORBELL
  }

  /** The bell of the host thread: the channel's own, or that of the Framework worker that is the host. */
  ringer(): Ringer {
    const { hostBell } = this
    if (hostBell === undefined) return new Ringer(this.words, CHANNEL_DOORBELL)
    return new Ringer(new Int32Array(hostBell.buffer), hostBell.word)
  }

  descriptor(): ChannelMemoryDescriptor {
    const { slotCount, workerCount, bufferBytes } = this.geometry
    const { id, buffer, hostBell } = this
    const descriptor = { id, buffer, slotCount, workerCount, bufferBytes }
    return hostBell === undefined ? descriptor : { ...descriptor, hostBell }
  }

  /** The audited sum of this memory. */
  shares(): ArenaShare[] {
    const g = this.geometry
    const ports = g.workerCount * g.portWords * 4
    const slots = g.slotCount * IRP_SLOT_WORDS * 4
    const rest = g.bufferByteOffset - g.slotsWord * 4 - slots
    const sizes: [string, number][] = [
      ['header and doorbell', g.portsWord * 4],
      [
        `${g.workerCount} x rings (${g.submissionCapacity} submissions, ${g.completionCapacity} completions)`,
        ports,
      ],
      [`${g.slotCount} IRP slots of ${IRP_SLOT_WORDS * 4} bytes`, slots],
      ['rounding to a page', rest],
      ['buffers', g.bufferBytes],
    ]
    let byteOffset = 0
    return sizes.map(([name, byteLength]) => {
      const share = { name: `channel ${this.id}: ${name}`, byteOffset, byteLength }
      byteOffset += byteLength
      return share
    })
  }
}

/** Takes and initialises the memory of a channel. All its ports belong to the workers' incarnations given. */
export function createChannelMemory(
  id: number,
  slotCount: number,
  incarnations: readonly number[],
  bufferBytes: number,
  firstPosition = 0,
  hostBell?: HostBell,
): ChannelMemory {
  checkCapacity(slotCount)
  const workerCount = incarnations.length
  const geometry = channelGeometry(slotCount, workerCount, bufferBytes)
  const buffer = allocateShared(geometry.totalBytes)
  const descriptor = { id, buffer, slotCount, workerCount, bufferBytes }
  const memory = new ChannelMemory(
    hostBell === undefined ? descriptor : { ...descriptor, hostBell },
  )
  const { words } = memory
  write(words, CHANNEL_MAGIC, CHANNEL_MAGIC_VALUE)
  write(words, CHANNEL_ID, id)
  write(words, CHANNEL_SLOT_COUNT, slotCount)
  write(words, CHANNEL_WORKER_COUNT, workerCount)
  for (let worker = 0; worker < workerCount; worker++) {
    initializeRing(words, memory.submissionRing(worker), geometry.submissionCapacity, firstPosition)
    initializeRing(words, memory.completionRing(worker), geometry.completionCapacity, firstPosition)
    store(words, memory.incarnationWord(worker), incarnations[worker] as number)
  }
  return memory
}
