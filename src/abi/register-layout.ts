/**
 * BAR: the registers of one simulated device, shared by its driver and its hardware thread.
 * Runs on: any thread. Numbers only; no other file may write a word offset of a BAR.
 *
 *   line pair 0     word  0   MAGIC      written once at creation
 *                   word  1   COUNT      32-bit registers, written once
 *                   word  2   CAPACITY   values that the command ring takes, written once
 *   line pair 1     word 32   REMOVED    hardware: 1 after surprise removal (Atomics)
 *   line pair 2-3   word 64   DOORBELL   of the hardware thread (doorbell-layout)
 *   line pair 4+    kinds                a word a register, written once
 *   then            device plane         a word a register, hardware stores (Atomics)
 *   then            driver plane         a word a register, driver stores (Atomics)
 *   then            command ring         driver produces, hardware consumes (ring-layout)
 *
 * A plain memory word cannot trap, so what a write does is said by the register's kind:
 *
 *   RESERVED       reads all ones, ignores writes
 *   READ_ONLY      the device plane; a read waits until earlier commands have been executed
 *   READ_WRITE     the driver plane; no side effect, the hardware looks when it needs the value
 *   LATCH          bits that the hardware sets: device plane XOR driver plane; ignores writes
 *   WRITE_1_CLEAR  a latch whose set bits are cleared by writing ones to it
 *   ACKNOWLEDGE    writing ones clears those bits of the latch it names; reads all ones
 *   COMMAND        a write with a side effect: (register, value) goes through the command ring, in order,
 *                  and rings the hardware; a read waits as READ_ONLY does, then sees the device plane
 *   DOORBELL       the driver plane, and the hardware is rung; only the latest value counts
 *
 * Rules: 1 writes are posted. A read that depends on commands pushes them: it waits until the ring's head
 *          has caught up. That is PCI's order, kept without a trap.
 *        2 latches need no wait: each side toggles bits of its own plane. The hardware toggles a bit that
 *          is clear, the driver one that is set, so both agree; an event that comes between the read and
 *          the clear merges into the earlier one, as in silicon: clear first, then look at the device.
 *        3 after REMOVED every read gives all ones and no write has an effect.
 */
import { DOORBELL_WORDS } from './doorbell-layout.js'
import { LINE_PAIR_WORDS, ringWords } from './ring-layout.js'

export const BAR_MAGIC = 0
export const BAR_COUNT = 1
export const BAR_CAPACITY = 2
export const BAR_REMOVED = LINE_PAIR_WORDS
export const BAR_DOORBELL = 2 * LINE_PAIR_WORDS
const BAR_KINDS = BAR_DOORBELL + DOORBELL_WORDS
export const BAR_MAGIC_VALUE = 0x42415230

/** What every read gives after surprise removal, as a signed 32-bit integer. */
export const ALL_ONES = -1

export const KIND_RESERVED = 0
export const KIND_READ_ONLY = 1
export const KIND_READ_WRITE = 2
export const KIND_LATCH = 3
export const KIND_WRITE_1_CLEAR = 4
export const KIND_ACKNOWLEDGE = 5
export const KIND_COMMAND = 6
export const KIND_DOORBELL = 7
/** A word of the kinds: the kind in the low bits; above, the register that an ACKNOWLEDGE clears. */
export const KIND_MASK = 15
export const KIND_TARGET_SHIFT = 4

/** A command's first value: register number shifted left; bit 0 says that a high word follows the low one. */
export const COMMAND_REGISTER_SHIFT = 1
export const COMMAND_IS_WIDE = 1
/** Most values a command takes. */
export const COMMAND_VALUES = 3

/** Most registers a BAR may have: 64 KiB of register space. */
export const MAX_REGISTERS = 16_384

/** Where everything of a BAR lies, as word indexes. */
export interface BarGeometry {
  readonly registerCount: number
  readonly commandCapacity: number
  readonly kinds: number
  readonly devicePlane: number
  readonly driverPlane: number
  readonly commandRing: number
  readonly totalWords: number
}

/** The audited sum: header + kinds + two planes + command ring. `commandCapacity` is a power of two. */
export function barGeometry(registerCount: number, commandCapacity: number): BarGeometry {
  const plane = Math.ceil(registerCount / LINE_PAIR_WORDS) * LINE_PAIR_WORDS
  const devicePlane = BAR_KINDS + plane
  const driverPlane = devicePlane + plane
  const commandRing = driverPlane + plane
  return {
    registerCount,
    commandCapacity,
    kinds: BAR_KINDS,
    devicePlane,
    driverPlane,
    commandRing,
    totalWords: commandRing + ringWords(commandCapacity),
  }
}
