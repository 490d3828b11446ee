/**
 * Slot table: the host's private books about the slots of a channel.
 * Runs on: the channel's host thread only. Nothing here is shared, so nothing a driver writes can
 * change who owns a slot: a completion is believed only if this table says that worker has the slot.
 * HOT: one array, so that the machine loads one address for all of a slot's entries.
 *
 *   entry of a slot   word 0  STATE     31 ......... 9 | 8           | 7        | 6 ......... 0
 *                                       generation       cancel sent   has call   worker + 1, 0 = free
 *                     word 1  CONTEXT   the caller's own number, given back with the completion
 *                     word 2  SEQUENCE  order of acceptance at its worker (irp-layout)
 *                     word 3  FREE      not of this slot: entry i of the free list lies in entry i
 *
 * The free list is a FIFO: a slot rests as long as possible before it is used again, and slots come
 * back in the order in which the processor's prefetcher likes them.
 */
export const SLOT_OWNER_MASK = 0x7f
/** A promise waits for it. */
export const SLOT_HAS_CALL = 0x80
/** The slot's CANCEL word is set and must be cleared before the slot is used again. */
export const SLOT_CANCEL_SENT = 0x100
export const SLOT_GENERATION_SHIFT = 9
const GENERATION_STEP = 0x200
export const SLOT_GENERATION_MASK = ~0x1ff

/** A slot's words in `entries`. */
export const ENTRY_SHIFT = 2
export const ENTRY_CONTEXT = 1
export const ENTRY_SEQUENCE = 2
export const ENTRY_FREE = 3
const ENTRY_WORDS = 1 << ENTRY_SHIFT

// A module's own constants are folded into the code, exported ones are looked up.
const ENTRY = ENTRY_SHIFT
const CONTEXT = ENTRY_CONTEXT
const SEQUENCE = ENTRY_SEQUENCE
const FREE = ENTRY_FREE
const GENERATION = SLOT_GENERATION_MASK
const GENERATION_SHIFT = SLOT_GENERATION_SHIFT

/** Workers that fit the owner field. */
export const MAX_WORKERS = SLOT_OWNER_MASK - 1

export class SlotTable {
  readonly slotCount: number
  readonly entries: Int32Array
  readonly handleShift: number
  /** The slot in a handle. */
  readonly mask: number
  private freeHead: number
  /** Where the next free slot goes; the completion batch moves it too. */
  freeTail: number

  /** `start` is the first position of the free list's counters (tests start near the wrap). */
  constructor(slotCount: number, start = 0) {
    this.slotCount = slotCount
    this.entries = new Int32Array(slotCount * ENTRY_WORDS)
    this.handleShift = Math.log2(slotCount)
    this.mask = slotCount - 1
    this.freeHead = start | 0
    this.freeTail = (start + slotCount) | 0
    for (let i = 0; i < slotCount; i++) {
      this.entries[(((start + i) & this.mask) << ENTRY_SHIFT) + ENTRY_FREE] = i
    }
  }

  get freeCount(): number {
    return (this.freeTail - this.freeHead) | 0
  }

  get inFlight(): number {
    return this.slotCount - this.freeCount
  }

  /**
   * Takes a free slot for `worker`. @returns the handle, whose low bits are the slot (`handle & mask`); -1
   * when all are in flight.
   */
  acquire(worker: number, context: number, sequence: number): number {
    const { entries, freeHead, mask } = this
    if (freeHead === this.freeTail) return -1
    const slot = entries[((freeHead & mask) << ENTRY) + FREE] as number
    const at = slot << ENTRY
    const state = (((entries[at] as number) & GENERATION) + GENERATION_STEP + 1 + worker) | 0
    this.freeHead = (freeHead + 1) | 0
    entries[at] = state
    entries[at + CONTEXT] = context
    entries[at + SEQUENCE] = sequence
    return (((state >>> GENERATION_SHIFT) << this.handleShift) | slot) & 0x7fffffff
  }

  /** The slot is free again; its generation stays until the next acquire. */
  release(slot: number): void {
    const { entries, freeTail } = this
    const at = slot << ENTRY_SHIFT
    entries[at] = (entries[at] as number) & SLOT_GENERATION_MASK
    entries[((freeTail & this.mask) << ENTRY_SHIFT) + ENTRY_FREE] = slot
    this.freeTail = (freeTail + 1) | 0
  }

  /** The state word of a slot. */
  stateOf(slot: number): number {
    return this.entries[slot << ENTRY_SHIFT] as number
  }

  /** Sets a flag of the state word. */
  setFlag(slot: number, flag: number): void {
    const at = slot << ENTRY_SHIFT
    this.entries[at] = (this.entries[at] as number) | flag
  }

  contextOf(slot: number): number {
    return this.entries[(slot << ENTRY_SHIFT) + ENTRY_CONTEXT] as number
  }

  sequenceOf(slot: number): number {
    return this.entries[(slot << ENTRY_SHIFT) + ENTRY_SEQUENCE] as number
  }

  setSequence(slot: number, sequence: number): void {
    this.entries[(slot << ENTRY_SHIFT) + ENTRY_SEQUENCE] = sequence
  }

  /** Worker that has the slot, -1 when it is free. */
  ownerOf(slot: number): number {
    return (this.stateOf(slot) & SLOT_OWNER_MASK) - 1
  }

  /**
   * Names this use of the slot: slot number in the low bits, generation above, never negative.
   * With 1024 slots a handle repeats after 2^21 uses of its slot.
   */
  handleOf(slot: number): number {
    const generation = this.stateOf(slot) >>> SLOT_GENERATION_SHIFT
    return ((generation << this.handleShift) | slot) & 0x7fffffff
  }

  /** The slot of a handle whose request is still in flight, else -1 (stale or invented). */
  slotOf(handle: number): number {
    const slot = handle & this.mask
    if (this.ownerOf(slot) < 0 || this.handleOf(slot) !== handle) return -1
    return slot
  }
}
