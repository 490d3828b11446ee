// Register bank: the hardware's side of a BAR. Makes it, executes the driver's commands in order, sets what the
// driver reads. Layout, kinds and rules: src/abi/register-layout.
// Runs on: the hardware's thread (or the one that steps it); `createBar` on whoever makes the device.
// Invariant: a command's place in the ring is given back only after the command has been executed, so a driver
// that waits for the ring to be empty sees the effect.

import {
  BAR_CAPACITY,
  BAR_COUNT,
  BAR_MAGIC,
  BAR_MAGIC_VALUE,
  BAR_REMOVED,
  type BarGeometry,
  barGeometry,
  COMMAND_IS_WIDE,
  COMMAND_REGISTER_SHIFT,
  KIND_ACKNOWLEDGE,
  KIND_MASK,
  KIND_RESERVED,
  KIND_TARGET_SHIFT,
  MAX_REGISTERS,
} from '../src/abi/register-layout.js'
import { load, notify, read, store, write } from '../src/sharedarraybuffer-queue/access.js'
import { allocateShared, SpscConsumer } from '../src/sharedarraybuffer-queue/index.js'
import { initializeRing } from '../src/sharedarraybuffer-queue/spsc-ring.js'
import { SimulationError } from './errors.js'

/** One register of a model. */
export interface RegisterSpec {
  /** Byte offset, a multiple of 4. */
  readonly offset: number
  /** A KIND_… of src/abi/register-layout. */
  readonly kind: number
  /** Value after reset. Default 0. */
  readonly reset?: number
  /** KIND_ACKNOWLEDGE: byte offset of the latch that it clears. */
  readonly clears?: number
}

/** Command-ring values of a BAR: room for some 340 posted writes. */
const COMMAND_CAPACITY = 1024

/** Executes a command: a write to a register with a side effect. `high` is 0 in a 32-bit write. */
export type ExecuteCommand = (offset: number, low: number, high: number) => void

/**
 * Makes a BAR of `byteLength` bytes of register space; registers that `specs` does not name are reserved.
 * @throws SimulationError for a space or a register that cannot be.
 */
export function createBar(byteLength: number, specs: readonly RegisterSpec[]): SharedArrayBuffer {
  if (!Number.isInteger(byteLength / 4) || byteLength < 4 || byteLength > MAX_REGISTERS * 4) {
    const expected = `a multiple of 4 from 4 to ${MAX_REGISTERS * 4}`
    throw new SimulationError('byteLength', byteLength, expected)
  }
  const geometry = barGeometry(byteLength / 4, COMMAND_CAPACITY)
  const buffer = allocateShared(geometry.totalWords * 4)
  const words = new Int32Array(buffer)
  write(words, BAR_COUNT, geometry.registerCount)
  write(words, BAR_CAPACITY, geometry.commandCapacity)
  for (const spec of specs) addRegister(words, geometry, spec)
  initializeRing(words, geometry.commandRing, geometry.commandCapacity)
  write(words, BAR_MAGIC, BAR_MAGIC_VALUE)
  return buffer
}

function addRegister(words: Int32Array, geometry: BarGeometry, spec: RegisterSpec): void {
  const register = registerOf(geometry, spec.offset)
  const target = spec.clears === undefined ? 0 : registerOf(geometry, spec.clears)
  if ((spec.kind === KIND_ACKNOWLEDGE) !== (spec.clears !== undefined)) {
    throw new SimulationError('clears', spec.clears, 'given for KIND_ACKNOWLEDGE and nothing else')
  }
  if ((read(words, geometry.kinds + register) & KIND_MASK) !== KIND_RESERVED) {
    throw new SimulationError('offset', spec.offset, 'the offset of one register only')
  }
  write(words, geometry.kinds + register, spec.kind | (target << KIND_TARGET_SHIFT))
  store(words, geometry.devicePlane + register, (spec.reset ?? 0) | 0)
}

function registerOf(geometry: BarGeometry, offset: number): number {
  const register = offset / 4
  if (!Number.isInteger(register) || register < 0 || register >= geometry.registerCount) {
    const expected = `a multiple of 4 below ${geometry.registerCount * 4}`
    throw new SimulationError('offset', offset, expected)
  }
  return register
}

export class RegisterBank {
  readonly words: Int32Array
  readonly geometry: BarGeometry
  /** Commands executed. */
  commandsExecuted = 0
  readonly #commands: SpscConsumer

  constructor(bar: SharedArrayBuffer) {
    this.words = new Int32Array(bar)
    if (read(this.words, BAR_MAGIC) !== BAR_MAGIC_VALUE) {
      throw new SimulationError('bar', bar.byteLength, 'memory made by createBar')
    }
    this.geometry = barGeometry(read(this.words, BAR_COUNT), read(this.words, BAR_CAPACITY))
    this.#commands = new SpscConsumer(this.words, this.geometry.commandRing)
  }

  /** What the driver reads there, for READ_ONLY and COMMAND registers. */
  get(offset: number): number {
    return load(this.words, this.geometry.devicePlane + (offset >>> 2))
  }

  set(offset: number, value: number): void {
    store(this.words, this.geometry.devicePlane + (offset >>> 2), value | 0)
  }

  /** What the driver wrote last, for READ_WRITE and DOORBELL registers. */
  driverValue(offset: number): number {
    return load(this.words, this.geometry.driverPlane + (offset >>> 2))
  }

  /** The bits of a latch that are set. */
  latch(offset: number): number {
    const { words, geometry } = this
    const register = offset >>> 2
    return (
      load(words, geometry.devicePlane + register) ^ load(words, geometry.driverPlane + register)
    )
  }

  /** Sets bits of a latch; those that are set already stay so. */
  setLatch(offset: number, bits: number): void {
    const clear = bits & ~this.latch(offset)
    if (clear !== 0) this.set(offset, this.get(offset) ^ clear)
  }

  /** Executes up to `limit` commands in the order in which the driver gave them; returns how many. */
  pollCommands(limit: number, execute: ExecuteCommand): number {
    const commands = this.#commands
    let done = 0
    while (done < limit && commands.available(2) >= 2) {
      const command = commands.take()
      const low = commands.take()
      // A command is published whole.
      const high = (command & COMMAND_IS_WIDE) === 0 ? 0 : commands.take()
      if (!this.isRemoved) execute((command >> COMMAND_REGISTER_SHIFT) << 2, low, high)
      done++
    }
    if (done === 0) return 0
    commands.release()
    this.commandsExecuted += done
    return done
  }

  hasCommands(): boolean {
    return this.#commands.available(1) !== 0
  }

  /** Surprise removal: from now on the driver reads all ones, and its writes go nowhere. */
  remove(): void {
    store(this.words, BAR_REMOVED, 1)
    notify(this.words, BAR_REMOVED)
  }

  get isRemoved(): boolean {
    return load(this.words, BAR_REMOVED) !== 0
  }
}
