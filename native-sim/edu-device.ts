// The edu device: identification, liveness, a slow factorial that ends in an interrupt, DMA both ways. Registers:
// src/abi/edu-registers, compatible with QEMU's `edu`, so that one driver serves both.
// Runs on: the hardware's thread, or a test that steps it.
//
// Differs from QEMU's model: addresses are 64 bits wide (there 28, unless dma_mask says otherwise); a transfer out of
// bounds writes nothing, counts as a fault, and says so in DMA_RESULT; the times are options.

import {
  EDU_BUFFER_ADDRESS,
  EDU_BUFFER_BYTES,
  EDU_COMPUTING,
  EDU_DMA_COMMAND,
  EDU_DMA_COUNT,
  EDU_DMA_DESTINATION,
  EDU_DMA_DONE,
  EDU_DMA_FAILED,
  EDU_DMA_FAULT,
  EDU_DMA_FROM_DEVICE,
  EDU_DMA_RAISE,
  EDU_DMA_RESULT,
  EDU_DMA_SOURCE,
  EDU_DMA_START,
  EDU_EVENT_DMA,
  EDU_EVENT_FACTORIAL,
  EDU_FACTORIAL,
  EDU_IDENTIFICATION,
  EDU_IDENTITY,
  EDU_INTERRUPT_ACK,
  EDU_INTERRUPT_RAISE,
  EDU_INTERRUPT_STATUS,
  EDU_LIVENESS,
  EDU_RAISE_WHEN_COMPUTED,
  EDU_STATUS,
} from '../src/abi/edu-registers.js'
import {
  KIND_ACKNOWLEDGE,
  KIND_COMMAND,
  KIND_LATCH,
  KIND_READ_ONLY,
} from '../src/abi/register-layout.js'
import { DeviceParts, type DevicePartsOptions } from './device-parts.js'
import type { DmaWindow } from './dma-space.js'
import { SimulationError } from './errors.js'
import type { HardwareDevice, HardwareReport } from './hardware-device.js'
import type { InterruptLine, Trigger } from './interrupt-line.js'
import { createBar, type RegisterSpec } from './register-bank.js'
import { ViewCache } from './view-cache.js'

export interface EduOptions extends DevicePartsOptions {
  /** How its one line signals. Default 'level', as QEMU's without MSI. */
  readonly trigger?: Trigger
  /** How long a factorial takes, microseconds. Default 10. */
  readonly factorialUs?: number
  /** How long a transfer takes, microseconds. Default 10. */
  readonly dmaUs?: number
}

const REGISTERS: readonly RegisterSpec[] = [
  { offset: EDU_IDENTIFICATION, kind: KIND_READ_ONLY, reset: EDU_IDENTITY },
  { offset: EDU_LIVENESS, kind: KIND_COMMAND },
  { offset: EDU_FACTORIAL, kind: KIND_COMMAND },
  { offset: EDU_STATUS, kind: KIND_COMMAND },
  { offset: EDU_INTERRUPT_STATUS, kind: KIND_LATCH },
  { offset: EDU_INTERRUPT_RAISE, kind: KIND_COMMAND },
  { offset: EDU_INTERRUPT_ACK, kind: KIND_ACKNOWLEDGE, clears: EDU_INTERRUPT_STATUS },
  { offset: EDU_DMA_SOURCE, kind: KIND_COMMAND },
  { offset: EDU_DMA_DESTINATION, kind: KIND_COMMAND },
  { offset: EDU_DMA_COUNT, kind: KIND_COMMAND },
  { offset: EDU_DMA_COMMAND, kind: KIND_COMMAND },
  { offset: EDU_DMA_RESULT, kind: KIND_READ_ONLY },
]
const BAR_BYTES = 0x100

export class EduDevice implements HardwareDevice {
  readonly #parts: DeviceParts
  readonly #line: InterruptLine
  readonly #factorialUs: number
  readonly #dmaUs: number
  readonly #buffer = new ViewCache(new Uint8Array(EDU_BUFFER_BYTES), 8)
  #nowUs = 0
  #factorialDueUs = Infinity
  #dmaDueUs = Infinity
  #sourceHigh = 0
  #destinationHigh = 0

  /** The BAR of one edu device. */
  static createBar(): SharedArrayBuffer {
    return createBar(BAR_BYTES, REGISTERS)
  }

  /** @throws SimulationError for impossible options. */
  constructor(options: EduOptions) {
    const { trigger = 'level', factorialUs = 10, dmaUs = 10 } = options
    if (trigger !== 'level' && trigger !== 'message') {
      throw new SimulationError('trigger', trigger, "'level' or 'message'")
    }
    if (!(factorialUs >= 0)) throw new SimulationError('factorialUs', factorialUs, '0 or more')
    if (!(dmaUs >= 0)) throw new SimulationError('dmaUs', dmaUs, '0 or more')
    this.#parts = new DeviceParts(options, trigger)
    const [line] = this.#parts.lines
    if (line === undefined || options.lines.length !== 1) {
      throw new SimulationError('lines', options.lines.length, 'one: edu has one interrupt')
    }
    this.#line = line
    this.#factorialUs = factorialUs
    this.#dmaUs = dmaUs
  }

  get name(): string {
    return this.#parts.name
  }

  poll(limit: number): number {
    const { bank, clock, faults } = this.#parts
    if (bank.isRemoved) return bank.pollCommands(limit, ignoreCommand)
    this.#nowUs = clock.nowUs()
    if (faults.isRemovedNow(this.#nowUs)) {
      this.surpriseRemove()
      return 1
    }
    this.#line.beginPoll(this.#nowUs)
    let done = bank.pollCommands(limit, this.#execute)
    done += this.#finishDue()
    this.#line.endPoll(bank.latch(EDU_INTERRUPT_STATUS) !== 0, this.#nowUs)
    return done
  }

  hasWork(): boolean {
    return this.#parts.bank.hasCommands() || this.#line.hasWork()
  }

  nextUs(): number {
    if (this.#parts.bank.isRemoved) return Infinity
    const { removalUs } = this.#parts.faults
    return Math.min(this.#factorialDueUs, this.#dmaDueUs, this.#line.nextUs, removalUs)
  }

  mapDma(window: DmaWindow): void {
    this.#parts.dma.map(window)
  }

  unmapDma(window: number): void {
    this.#parts.dma.unmap(window)
  }

  surpriseRemove(): void {
    this.#factorialDueUs = Infinity
    this.#dmaDueUs = Infinity
    this.#parts.remove()
  }

  report(): HardwareReport {
    return this.#parts.report()
  }

  readonly #execute = (offset: number, low: number, high: number): void => {
    const { bank } = this.#parts
    switch (offset) {
      case EDU_LIVENESS:
        bank.set(EDU_LIVENESS, ~low)
        break
      case EDU_FACTORIAL:
        this.#startFactorial(low)
        break
      case EDU_STATUS:
        bank.set(
          EDU_STATUS,
          (bank.get(EDU_STATUS) & EDU_COMPUTING) | (low & EDU_RAISE_WHEN_COMPUTED),
        )
        break
      case EDU_INTERRUPT_RAISE:
        this.#raise(low)
        break
      default:
        if (!this.#isTransferring) this.#executeDma(offset, low, high)
    }
  }

  get #isTransferring(): boolean {
    return (this.#parts.bank.get(EDU_DMA_COMMAND) & EDU_DMA_START) !== 0
  }

  #executeDma(offset: number, low: number, high: number): void {
    const { bank, faults } = this.#parts
    switch (offset) {
      case EDU_DMA_SOURCE:
        this.#sourceHigh = high
        bank.set(offset, low)
        break
      case EDU_DMA_DESTINATION:
        this.#destinationHigh = high
        bank.set(offset, low)
        break
      case EDU_DMA_COUNT:
        bank.set(offset, low)
        break
      case EDU_DMA_COMMAND:
        if ((low & EDU_DMA_START) === 0) break
        bank.set(offset, low)
        this.#dmaDueUs = this.#nowUs + this.#dmaUs + faults.dmaDelayUs()
        break
      default:
    }
  }

  #startFactorial(n: number): void {
    const { bank } = this.#parts
    const status = bank.get(EDU_STATUS)
    if ((status & EDU_COMPUTING) !== 0) return
    bank.set(EDU_FACTORIAL, n)
    bank.set(EDU_STATUS, status | EDU_COMPUTING)
    this.#factorialDueUs = this.#nowUs + this.#factorialUs
  }

  #finishDue(): number {
    let done = 0
    if (this.#factorialDueUs <= this.#nowUs) {
      this.#finishFactorial()
      done++
    }
    if (this.#dmaDueUs <= this.#nowUs) {
      this.#finishDma()
      done++
    }
    return done
  }

  #finishFactorial(): void {
    const { bank } = this.#parts
    this.#factorialDueUs = Infinity
    bank.set(EDU_FACTORIAL, factorial(bank.get(EDU_FACTORIAL) >>> 0))
    const status = bank.get(EDU_STATUS) & ~EDU_COMPUTING
    bank.set(EDU_STATUS, status)
    if ((status & EDU_RAISE_WHEN_COMPUTED) !== 0) this.#raise(EDU_EVENT_FACTORIAL)
  }

  #finishDma(): void {
    const { bank } = this.#parts
    this.#dmaDueUs = Infinity
    const command = bank.get(EDU_DMA_COMMAND)
    bank.set(EDU_DMA_RESULT, this.#transfer((command & EDU_DMA_FROM_DEVICE) !== 0))
    bank.set(EDU_DMA_COMMAND, command & ~EDU_DMA_START)
    if ((command & EDU_DMA_RAISE) !== 0) this.#raise(EDU_EVENT_DMA)
  }

  #transfer(isFromDevice: boolean): number {
    const { bank, dma, faults } = this.#parts
    if (faults.failsDma()) return EDU_DMA_FAILED
    const source = bank.get(EDU_DMA_SOURCE)
    const destination = bank.get(EDU_DMA_DESTINATION)
    const byteLength = bank.get(EDU_DMA_COUNT) >>> 0
    const [own, ownHigh] = isFromDevice
      ? [source, this.#sourceHigh]
      : [destination, this.#destinationHigh]
    const at = (own >>> 0) - EDU_BUFFER_ADDRESS
    if (ownHigh !== 0 || at < 0 || byteLength > EDU_BUFFER_BYTES - at) {
      const direction = isFromDevice ? 'read' : 'write'
      dma.fault({ direction, window: ownHigh, offset: own >>> 0, byteLength })
      return EDU_DMA_FAULT
    }
    const reached = isFromDevice
      ? dma.write(this.#destinationHigh, destination, this.#buffer, at, byteLength)
      : dma.read(this.#sourceHigh, source, this.#buffer, at, byteLength)
    return reached ? EDU_DMA_DONE : EDU_DMA_FAULT
  }

  #raise(events: number): void {
    this.#parts.bank.setLatch(EDU_INTERRUPT_STATUS, events)
    if (this.#line.trigger === 'message') this.#line.raise(this.#nowUs)
  }
}

/** n! modulo 2^32, as the 32-bit register holds it. From 34! on that is 0. */
function factorial(n: number): number {
  let product = 1
  for (let i = Math.min(n, 34); i > 1; i--) product = Math.imul(product, i)
  return product
}

function ignoreCommand(): void {}
