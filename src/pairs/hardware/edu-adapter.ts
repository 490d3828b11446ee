/**
 * Edu adapter: one edu device and the request it works on. Runs on: the device's home worker.
 *
 * The way of a request: start (a register write) → the device interrupts → ISR: quieten it, note the events →
 * DPC: drain the notes, complete. A watchdog looks after interrupts that never came, and after a device that has
 * been pulled out. One request at a time: the queue is sequential.
 */
import {
  ALL_ONES,
  type DeviceHardware,
  type DmaDirection,
  type DmaEnabler,
  type DmaTransaction,
  EDU_BUFFER_ADDRESS,
  EDU_BUFFER_BYTES,
  EDU_COMPUTING,
  EDU_DMA_COMMAND,
  EDU_DMA_COUNT,
  EDU_DMA_DESTINATION,
  EDU_DMA_DONE,
  EDU_DMA_FROM_DEVICE,
  EDU_DMA_RAISE,
  EDU_DMA_RESULT,
  EDU_DMA_SOURCE,
  EDU_DMA_START,
  EDU_EVENT_DMA,
  EDU_EVENT_FACTORIAL,
  EDU_FACTORIAL,
  EDU_INTERRUPT_ACK,
  EDU_INTERRUPT_STATUS,
  EDU_RAISE_WHEN_COMPUTED,
  EDU_STATUS,
  type Interrupt,
  type Registers,
  type Request,
  type ScatterGatherList,
  STATUS_DEVICE_NOT_CONNECTED,
  STATUS_INVALID_PARAMETER,
  STATUS_IO_DEVICE_ERROR,
  STATUS_IO_TIMEOUT,
  STATUS_SUCCESS,
  type Timer,
} from '../../index.js'

const TRANSFER_PATIENCE_MS = 1000

export class EduAdapter {
  readonly hardware: DeviceHardware
  readonly interrupt: Interrupt
  readonly enabler: DmaEnabler
  readonly watchdog: Timer
  /** Interrupts that the watchdog had to stand in for. */
  lostInterrupts = 0
  readonly #transaction: DmaTransaction
  readonly #watchdogMs: number
  #request: Request | null = null
  #isTransfer = false
  /** Noted by the ISR, not yet taken by the DPC. */
  #events = 0

  constructor(hardware: DeviceHardware, watchdogMs: number) {
    this.hardware = hardware
    this.#watchdogMs = watchdogMs
    this.interrupt = hardware.createInterrupt({
      EvtInterruptIsr: () => this.eduEvtInterruptIsr(),
      EvtInterruptDpc: () => this.eduEvtInterruptDpc(),
      EvtInterruptEnable: () => this.registers.write(EDU_STATUS, EDU_RAISE_WHEN_COMPUTED),
      EvtInterruptDisable: () => this.#quieten(),
    })
    this.enabler = hardware.createDmaEnabler({
      profile: 'packet',
      maximumLength: EDU_BUFFER_BYTES,
    })
    this.#transaction = this.enabler.createTransaction()
    this.watchdog = hardware.createTimer({
      parent: hardware.device,
      EvtTimerFunc: () => this.#lookAfter(),
      tolerableDelayMs: watchdogMs / 2,
    })
  }

  get registers(): Registers {
    return this.hardware.registers
  }

  /** The device computes n!; the request gets it. */
  startFactorial(request: Request, n: number): void {
    this.#begin(request, false)
    this.registers.write(EDU_FACTORIAL, n)
  }

  /** The request that the device works on. */
  protected get current(): Request | null {
    return this.#request
  }

  /** Moves the request's data between its buffer and the device's. */
  startTransfer(request: Request, direction: DmaDirection): void {
    const { deviceOffset, length } = request
    if (deviceOffset + length > EDU_BUFFER_BYTES) {
      request.complete(STATUS_INVALID_PARAMETER)
      return
    }
    this.#begin(request, true)
    let status = this.#transaction.initializeUsingRequest(request, this.eduEvtProgramDma, direction)
    if (status >= 0) status = this.#transaction.execute()
    if (status < 0) this.#end(status, 0)
  }

  /** Resolves when no transfer is under way, or after a second: the device cannot be told to stop one. */
  async transferEnds(): Promise<void> {
    const deadline = performance.now() + TRANSFER_PATIENCE_MS
    while (this.#isTransferring() && performance.now() < deadline) {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  #isTransferring(): boolean {
    const command = this.registers.read(EDU_DMA_COMMAND)
    return command !== ALL_ONES && (command & EDU_DMA_START) !== 0
  }

  /** The device goes, and nothing more will be heard of its request: it ends here. */
  abandon(): void {
    this.#events = 0
    this.#end(STATUS_DEVICE_NOT_CONNECTED, 0)
  }

  readonly eduEvtProgramDma = (
    transaction: DmaTransaction,
    direction: DmaDirection,
    list: ScatterGatherList,
  ): boolean => {
    const { registers } = this
    const position = (this.#request?.deviceOffset ?? 0) + transaction.bytesTransferred
    const isRead = direction === 'read-from-device'
    const [own, other] = isRead
      ? [EDU_DMA_SOURCE, EDU_DMA_DESTINATION]
      : [EDU_DMA_DESTINATION, EDU_DMA_SOURCE]
    registers.write(own, EDU_BUFFER_ADDRESS + position)
    registers.write64(other, list.addressLow(0), list.addressHigh(0))
    registers.write(EDU_DMA_COUNT, list.byteLength)
    const way = isRead ? EDU_DMA_FROM_DEVICE : 0
    registers.write(EDU_DMA_COMMAND, EDU_DMA_START | EDU_DMA_RAISE | way)
    return true
  }

  /** True: the device had something to say. It is quiet afterwards; the rest is the DPC's. */
  eduEvtInterruptIsr(): boolean {
    const events = this.registers.read(EDU_INTERRUPT_STATUS)
    if (events === 0 || events === ALL_ONES) return false
    this.registers.write(EDU_INTERRUPT_ACK, events)
    this.#events |= events
    this.interrupt.queueDpcForIsr()
    return true
  }

  eduEvtInterruptDpc(): void {
    const events = this.#takeEvents()
    if ((events & EDU_EVENT_FACTORIAL) !== 0) this.#factorialIsThere()
    if ((events & EDU_EVENT_DMA) !== 0) this.#transferEnded()
  }

  #takeEvents(): number {
    let events = 0
    this.interrupt.synchronize(() => {
      events = this.#events
      this.#events = 0
      return true
    }, null)
    return events
  }

  #factorialIsThere(): void {
    const request = this.#request
    if (request === null || this.#isTransfer) return
    writeNumber(request.retrieveOutputBuffer(4), this.registers.read(EDU_FACTORIAL))
    this.#end(STATUS_SUCCESS, 4)
  }

  #transferEnded(): void {
    if (this.#request === null || !this.#isTransfer) return
    const result = this.registers.read(EDU_DMA_RESULT)
    // A model without the register reads all ones there, as QEMU's does: then a transfer that ended is a good one.
    if (result !== EDU_DMA_DONE && result !== ALL_ONES) {
      this.#end(STATUS_IO_DEVICE_ERROR, 0)
    } else if (this.#transaction.dmaCompleted()) {
      this.#end(this.#transaction.status, this.#transaction.bytesTransferred)
    }
  }

  #begin(request: Request, isTransfer: boolean): void {
    this.#request = request
    this.#isTransfer = isTransfer
    this.watchdog.start(this.#watchdogMs)
  }

  #end(status: number, information: number): void {
    const request = this.#request
    this.#request = null
    this.watchdog.stop()
    this.#endTransfer()
    request?.completeWithInformation(status, information)
  }

  #endTransfer(): void {
    const transaction = this.#transaction
    if (transaction.isInTransfer) transaction.dmaCompletedFinal(0)
    transaction.release()
  }

  #quieten(): void {
    this.registers.write(EDU_STATUS, 0)
    this.registers.write(EDU_INTERRUPT_ACK, ALL_ONES)
  }

  #isBusy(): boolean {
    try {
      if (this.#isTransfer) return this.#isTransferring()
      return (this.registers.read(EDU_STATUS) & EDU_COMPUTING) !== 0
    } catch {
      // Its thread has died: no register will be read any more.
      this.#end(STATUS_IO_TIMEOUT, 0)
      return false
    }
  }

  /** The request takes long: is the device still there, and did its interrupt get lost? */
  #lookAfter(): void {
    if (this.#request === null) return
    if (this.registers.isRemoved) {
      this.#end(STATUS_DEVICE_NOT_CONNECTED, 0)
      return
    }
    const isBusy = this.#isBusy()
    if (this.#request === null) return
    this.watchdog.start(this.#watchdogMs)
    if (isBusy) return
    this.lostInterrupts++
    this.registers.write(EDU_INTERRUPT_ACK, ALL_ONES)
    if (this.#isTransfer) this.#transferEnded()
    else this.#factorialIsThere()
  }
}

/** The first four bytes as a number, little-endian. */
export function readNumber(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true)
}

export function writeNumber(bytes: Uint8Array, value: number): void {
  new DataView(bytes.buffer, bytes.byteOffset).setInt32(0, value, true)
}
