/**
 * SRB pool: as many SRBs as were ever outstanding at once. Runs on: the worker of the port.
 * Invariant: an SRB is in the free list or counted in `inUse`; `all[tag]` is the SRB with that tag.
 */
import { Srb } from './srb.js'

export class SrbPool {
  readonly all: Srb[] = []
  inUse = 0
  readonly #makeExtension: (srb: Srb) => unknown
  #free: Srb | null = null

  /** `makeExtension` is called once for each SRB, when it is made. */
  constructor(makeExtension: (srb: Srb) => unknown) {
    this.#makeExtension = makeExtension
  }

  acquire(): Srb {
    const srb = this.#free ?? this.#grow()
    this.#free = srb.next
    srb.next = null
    this.inUse++
    return srb
  }

  release(srb: Srb): void {
    srb.release()
    srb.next = this.#free
    this.#free = srb
    this.inUse--
  }

  #grow(): Srb {
    const srb = new Srb(this.all.length)
    srb.extension = this.#makeExtension(srb)
    this.all.push(srb)
    return srb
  }
}
