/**
 * Registers: a driver's view of its device's BAR: 32-bit reads and writes by byte offset, with PCI's ordering.
 * Layout, kinds and rules: abi/register-layout. Runs on: the device's home worker.
 *
 * Invariants: writes of a driver reach the hardware in order. A read that depends on them waits for the
 * hardware (normally it has caught up: one load); latches and the driver's own registers are answered at once,
 * so that an ISR does not wait. After surprise removal every read gives all ones and no write has an effect.
 */
import {
  ALL_ONES,
  BAR_CAPACITY,
  BAR_COUNT,
  BAR_DOORBELL,
  BAR_MAGIC,
  BAR_MAGIC_VALUE,
  BAR_REMOVED,
  type BarGeometry,
  barGeometry,
  COMMAND_IS_WIDE,
  COMMAND_REGISTER_SHIFT,
  COMMAND_VALUES,
  KIND_ACKNOWLEDGE,
  KIND_COMMAND,
  KIND_DOORBELL,
  KIND_LATCH,
  KIND_MASK,
  KIND_READ_ONLY,
  KIND_READ_WRITE,
  KIND_TARGET_SHIFT,
  KIND_WRITE_1_CLEAR,
} from '../abi/register-layout.js'
import {
  STATUS_DATATYPE_MISALIGNMENT,
  STATUS_INVALID_ADDRESS,
  STATUS_INVALID_PARAMETER,
  STATUS_IO_TIMEOUT,
} from '../abi/ntstatus.js'
import { load, pause, read, store, wait } from '../sharedarraybuffer-queue/access.js'
import { Ringer } from '../sharedarraybuffer-queue/doorbell.js'
import { SpscProducer } from '../sharedarraybuffer-queue/spsc-ring.js'
import { WdfStatusError } from './errors.js'

/** Looks before a waiting read gives its processor away. */
const SPINS = 2000
/** How long a waiting read sleeps between looks. */
const NAP_MS = 0.2
/** A device that executes nothing for that long is taken for dead. */
const PATIENCE_MS = 1000

export class Registers {
  readonly words: Int32Array
  readonly geometry: BarGeometry
  /** Rings the hardware thread: after an end of interrupt, for instance. */
  readonly hardware: Ringer
  /** @internal Moves hardware that runs on this very thread; null when it has its own. */
  step: (() => void) | null = null
  private readonly commands: SpscProducer

  /** @throws WdfStatusError STATUS_INVALID_PARAMETER when the memory holds no BAR. */
  constructor(buffer: SharedArrayBuffer) {
    const words = new Int32Array(buffer)
    if (read(words, BAR_MAGIC) !== BAR_MAGIC_VALUE) {
      throw new WdfStatusError(
        STATUS_INVALID_PARAMETER,
        'the memory resource holds no registers: pass the `bar` of simulated hardware',
        buffer.byteLength,
      )
    }
    this.words = words
    this.geometry = barGeometry(read(words, BAR_COUNT), read(words, BAR_CAPACITY))
    this.hardware = new Ringer(words, BAR_DOORBELL)
    this.commands = new SpscProducer(words, this.geometry.commandRing)
  }

  /** Bytes of register space. */
  get byteLength(): number {
    return this.geometry.registerCount * 4
  }

  /** True after surprise removal. */
  get isRemoved(): boolean {
    return load(this.words, BAR_REMOVED) !== 0
  }

  /**
   * Reads the register at a byte offset, as a signed 32-bit integer; -1 (all ones) where there is none and
   * after removal. READ_REGISTER_ULONG.
   * @throws WdfStatusError STATUS_INVALID_ADDRESS out of range, STATUS_DATATYPE_MISALIGNMENT, STATUS_IO_TIMEOUT
   *   when the hardware has not executed earlier writes for a second.
   */
  read(offset: number): number {
    const register = this.registerAt(offset)
    if (this.isRemoved) return ALL_ONES
    const { words, geometry } = this
    switch (read(words, geometry.kinds + register) & KIND_MASK) {
      case KIND_READ_WRITE:
      case KIND_DOORBELL:
        return load(words, geometry.driverPlane + register)
      case KIND_LATCH:
      case KIND_WRITE_1_CLEAR:
        return this.latch(register)
      case KIND_READ_ONLY:
      case KIND_COMMAND:
        this.flush()
        return this.isRemoved ? ALL_ONES : load(words, geometry.devicePlane + register)
      default:
        return ALL_ONES
    }
  }

  /** Writes the register at a byte offset; posted. WRITE_REGISTER_ULONG. @throws WdfStatusError as `read`. */
  write(offset: number, value: number): void {
    const register = this.registerAt(offset)
    const { words, geometry } = this
    const kind = read(words, geometry.kinds + register)
    switch (kind & KIND_MASK) {
      case KIND_READ_WRITE:
        store(words, geometry.driverPlane + register, value | 0)
        break
      case KIND_DOORBELL:
        store(words, geometry.driverPlane + register, value | 0)
        this.hardware.ring()
        break
      case KIND_WRITE_1_CLEAR:
        if (!this.isRemoved) this.clear(register, value)
        break
      case KIND_ACKNOWLEDGE:
        if (!this.isRemoved) this.clear(kind >>> KIND_TARGET_SHIFT, value)
        break
      case KIND_COMMAND:
        if (!this.isRemoved) this.post(register << COMMAND_REGISTER_SHIFT, value)
        break
      default:
      // Read-only or not there: nothing happens, as on a bus.
    }
  }

  /** Writes 64 bits to a register and the one after it, in one access. @throws WdfStatusError as `write`. */
  write64(offset: number, low: number, high: number): void {
    const register = this.registerAt(offset)
    const kind = read(this.words, this.geometry.kinds + register) & KIND_MASK
    if (kind !== KIND_COMMAND) {
      this.registerAt(offset + 4)
      this.write(offset, low)
      this.write(offset + 4, high)
    } else if (!this.isRemoved) {
      this.makeRoom()
      this.commands.stage((register << COMMAND_REGISTER_SHIFT) | COMMAND_IS_WIDE)
      this.commands.stage(low | 0)
      this.commands.stage(high | 0)
      this.send()
    }
  }

  /** Waits until the hardware has executed every write so far. @throws WdfStatusError STATUS_IO_TIMEOUT */
  flush(): void {
    if (this.isCaughtUp()) return
    for (let spins = 0; spins < SPINS; spins++) {
      this.look()
      if (this.isCaughtUp()) return
    }
    const deadline = performance.now() + PATIENCE_MS
    while (!this.isCaughtUp() && !this.isRemoved) {
      if (performance.now() > deadline) {
        throw new WdfStatusError(
          STATUS_IO_TIMEOUT,
          `the hardware has executed no register write for ${PATIENCE_MS} ms: its thread has died or hangs`,
          this.outstanding,
        )
      }
      // The word changes on removal only: a nap that removal ends.
      wait(this.words, BAR_REMOVED, 0, NAP_MS)
      this.look()
    }
  }

  /** Values that the hardware has still to take. */
  private get outstanding(): number {
    return this.commands.capacity - this.commands.free(this.commands.capacity)
  }

  private isCaughtUp(): boolean {
    const { commands } = this
    return commands.headCache === commands.published || this.outstanding === 0
  }

  private look(): void {
    if (this.step === null) pause()
    else this.step()
  }

  private latch(register: number): number {
    const { words, geometry } = this
    return (
      load(words, geometry.devicePlane + register) ^ load(words, geometry.driverPlane + register)
    )
  }

  /** Clears the latched bits among `bits`, and tells the hardware: its line may go quiet. */
  private clear(register: number, bits: number): void {
    const set = this.latch(register) & bits
    if (set === 0) return
    const at = this.geometry.driverPlane + register
    store(this.words, at, load(this.words, at) ^ set)
    this.hardware.ring()
  }

  private post(command: number, value: number): void {
    this.makeRoom()
    this.commands.stage(command)
    this.commands.stage(value | 0)
    this.send()
  }

  private send(): void {
    this.commands.publish()
    this.hardware.ring()
  }

  /** A full ring stalls the processor, as full posting buffers do. */
  private makeRoom(): void {
    if (this.commands.free(COMMAND_VALUES) < COMMAND_VALUES) this.flush()
  }

  private registerAt(offset: number): number {
    if ((offset & 3) !== 0 && Number.isInteger(offset)) {
      throw new WdfStatusError(
        STATUS_DATATYPE_MISALIGNMENT,
        `register offset 0x${offset.toString(16)} is not a multiple of 4`,
        offset,
      )
    }
    const register = offset >>> 2
    if (register * 4 !== offset || register >= this.geometry.registerCount) {
      throw new WdfStatusError(
        STATUS_INVALID_ADDRESS,
        `register offset ${String(offset)} is outside the BAR: 0 to ${this.byteLength - 4} are in it`,
        offset,
      )
    }
    return register
  }
}
