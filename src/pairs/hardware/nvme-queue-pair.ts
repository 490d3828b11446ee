/**
 * NVMe queue pair: the driver's ends of a submission and a completion queue in common memory.
 * Runs on: the device's home worker. Layout of the entries: abi/nvme-registers.
 *
 * Invariants: an entry is written before the tail doorbell covers it. A completion is looked at only once its phase
 * has turned, and its place is given back only after that. Nothing is allocated per command.
 */
import {
  type CommonBuffer,
  CQE_ID_MASK,
  CQE_PHASE,
  CQE_STATUS,
  CQE_STATUS_SHIFT,
  type DeviceHardware,
  NVME_COMPLETION_DOORBELL,
  NVME_CQE_WORDS,
  NVME_DOORBELL_STRIDE,
  NVME_DOORBELLS,
  NVME_SQE_WORDS,
  type Registers,
} from '../../index.js'

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const COMMAND_WORDS = NVME_SQE_WORDS
const COMPLETION_WORDS = NVME_CQE_WORDS
const STATUS = CQE_STATUS
const ID_MASK = CQE_ID_MASK
const PHASE = CQE_PHASE
const STATUS_SHIFT = CQE_STATUS_SHIFT

/** Told of a completion: which command, and its NVMe status. */
export type OnNvmeCompletion = (commandId: number, status: number) => void

export class NvmeQueuePair {
  readonly id: number
  readonly entries: number
  readonly submissions: CommonBuffer
  readonly completions: CommonBuffer
  readonly #registers: Registers
  readonly #doorbell: number
  #tail = 0
  #head = 0
  /** What the phase bit of a new completion is. */
  #phase = PHASE

  /** One entry always stays empty: `entries - 1` commands can be under way. */
  constructor(hardware: DeviceHardware, id: number, entries: number) {
    this.id = id
    this.entries = entries
    this.submissions = hardware.createCommonBuffer(entries * COMMAND_WORDS * 4)
    this.completions = hardware.createCommonBuffer(entries * COMPLETION_WORDS * 4)
    this.#registers = hardware.registers
    this.#doorbell = NVME_DOORBELLS + id * NVME_DOORBELL_STRIDE
  }

  /** Empty, as the device's queues are after a reset. Before the device is enabled. */
  reset(): void {
    this.completions.bytes.fill(0)
    this.#tail = 0
    this.#head = 0
    this.#phase = PHASE
    this.#registers.write(this.#doorbell, 0)
    this.#registers.write(this.#doorbell + NVME_COMPLETION_DOORBELL, 0)
  }

  /** Index in `submissions` of the next entry's first word. */
  get nextEntry(): number {
    return this.#tail * COMMAND_WORDS
  }

  /** The next entry is complete; the device hears of it with the next `ring`. */
  push(): void {
    this.#tail = this.#tail + 1 === this.entries ? 0 : this.#tail + 1
  }

  /** Hands every entry so far to the device. */
  ring(): void {
    this.#registers.write(this.#doorbell, this.#tail)
  }

  /** True when the device has completed something that has not been taken. */
  hasCompletion(): boolean {
    return (this.#nextStatus() & PHASE) === this.#phase
  }

  /** Takes up to `limit` completions; one doorbell for all. Returns how many. */
  poll(limit: number, onCompletion: OnNvmeCompletion): number {
    let done = 0
    for (; done < limit; done++) {
      const status = this.#nextStatus()
      if ((status & PHASE) !== this.#phase) break
      if (++this.#head === this.entries) {
        this.#head = 0
        this.#phase ^= PHASE
      }
      onCompletion(status & ID_MASK, status >>> STATUS_SHIFT)
    }
    if (done !== 0) {
      this.#registers.write(this.#doorbell + NVME_COMPLETION_DOORBELL, this.#head)
    }
    return done
  }

  #nextStatus(): number {
    return this.completions.load(this.#head * COMPLETION_WORDS + STATUS)
  }
}
