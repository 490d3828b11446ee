/**
 * Guarded buffer: the bytes of a request in memory of their own while a driver has them, as Driver Verifier's special
 * pool. What the driver wrote goes to the caller when the request is completed or sent on; after that the copy is
 * filled with a pattern, and a pattern that has changed tells that the driver wrote to a request that is over.
 * Runs on: worker.
 *
 * Invariant: the caller's memory changes only where the driver changed its copy, so DMA into it is left alone.
 */
const POISON = 0xdb

export class GuardedBuffer {
  /** What the driver has. */
  readonly bytes: Uint8Array
  readonly #real: Uint8Array
  /** What was there when both were the same. */
  readonly #before: Uint8Array

  constructor(real: Uint8Array) {
    this.#real = real
    // Shared, as the caller's: what works with this works without the verifier.
    this.bytes = new Uint8Array(new SharedArrayBuffer(real.length))
    this.#before = new Uint8Array(real.length)
    this.refresh()
  }

  get length(): number {
    return this.bytes.length
  }

  /** It stands for these bytes. */
  isOf(real: Uint8Array): boolean {
    return real.buffer === this.#real.buffer && real.byteOffset === this.#real.byteOffset
  }

  /** The level below may have changed them. */
  refresh(): void {
    this.bytes.set(this.#real)
    this.#before.set(this.#real)
  }

  /** Hands on what the driver changed. */
  flush(): void {
    if (Buffer.compare(this.bytes, this.#before) === 0) return
    this.#real.set(this.bytes)
    this.#before.set(this.bytes)
  }

  poison(): void {
    this.bytes.fill(POISON)
  }

  /** Somebody wrote to it since it was poisoned. */
  get wasTouched(): boolean {
    return this.bytes.some((byte) => byte !== POISON)
  }
}
