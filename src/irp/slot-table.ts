/**
 * Slot table: the host's private books about the slots of a channel.
 * Runs on: the channel's host thread only. Nothing here is shared, so nothing a driver writes can
 * change who owns a slot: a completion is believed only if this table says that worker has the slot.
 *
 *   state[slot]   31 ......... 9 | 8           | 7        | 6 ......... 0
 *                 generation       cancel sent   has call   worker + 1, 0 = free
 *
 * The free list is a FIFO: a slot rests as long as possible before it is used again, and slots come
 * back in the order in which the processor's prefetcher likes them.
 */
export const SLOT_OWNER_MASK = 0x7f
/** A promise waits for it. */
export const SLOT_HAS_CALL = 0x80
/** The slot's CANCEL word is set and must be cleared before the slot is used again. */
export const SLOT_CANCEL_SENT = 0x100
const GENERATION_STEP = 0x200
const GENERATION_MASK = ~0x1ff
export const SLOT_GENERATION_SHIFT = 9

/** Workers that fit the owner field. */
export const MAX_WORKERS = SLOT_OWNER_MASK - 1

export class SlotTable {
  readonly slotCount: number
  readonly state: Int32Array
  /** The caller's own number, given back with the completion. */
  readonly context: Int32Array
  /** Sequence of the slot's request (irp-layout): order of acceptance at its worker. */
  readonly sequence: Int32Array
  readonly handleShift: number
  private readonly free: Int32Array
  private readonly mask: number
  private freeHead: number
  private freeTail: number

  /** `start` is the first position of the free list's counters (tests start near the wrap). */
  constructor(slotCount: number, start = 0) {
    this.slotCount = slotCount
    this.state = new Int32Array(slotCount)
    this.context = new Int32Array(slotCount)
    this.sequence = new Int32Array(slotCount)
    this.handleShift = Math.log2(slotCount)
    this.free = new Int32Array(slotCount)
    this.mask = slotCount - 1
    this.freeHead = start | 0
    this.freeTail = (start + slotCount) | 0
    for (let i = 0; i < slotCount; i++) this.free[(start + i) & this.mask] = i
  }

  get freeCount(): number {
    return (this.freeTail - this.freeHead) | 0
  }

  get inFlight(): number {
    return this.slotCount - this.freeCount
  }

  /** A free slot, now owned by `worker`; -1 when all are in flight. */
  acquire(worker: number, flags: number): number {
    const head = this.freeHead
    if (head === this.freeTail) return -1
    const slot = this.free[head & this.mask] as number
    this.freeHead = (head + 1) | 0
    const before = this.state[slot] as number
    this.state[slot] = ((before + GENERATION_STEP) & GENERATION_MASK) | flags | (worker + 1)
    return slot
  }

  /** The slot is free again; its generation stays until the next acquire. */
  release(slot: number): void {
    this.state[slot] = (this.state[slot] as number) & GENERATION_MASK
    const tail = this.freeTail
    this.free[tail & this.mask] = slot
    this.freeTail = (tail + 1) | 0
  }

  /** Worker that has the slot, -1 when it is free. */
  ownerOf(slot: number): number {
    return ((this.state[slot] as number) & SLOT_OWNER_MASK) - 1
  }

  /**
   * Names this use of the slot: slot number in the low bits, generation above, never negative.
   * With 1024 slots a handle repeats after 2^21 uses of its slot.
   */
  handleOf(slot: number): number {
    const generation = (this.state[slot] as number) >>> SLOT_GENERATION_SHIFT
    return ((generation << this.handleShift) | slot) & 0x7fffffff
  }

  /** The slot of a handle whose request is still in flight, else -1 (stale or invented). */
  slotOf(handle: number): number {
    const slot = handle & this.mask
    if (this.ownerOf(slot) < 0 || this.handleOf(slot) !== handle) return -1
    return slot
  }
}
