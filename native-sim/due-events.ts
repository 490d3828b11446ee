// Due events: numbers with a time, taken out in order of time, and of insertion where times are equal.
// Runs on: the hardware's thread. A binary heap in typed arrays: nothing is allocated while it does not grow.

const SMALLEST = 16

export class DueEvents {
  #dueUs = new Float64Array(SMALLEST)
  #order = new Float64Array(SMALLEST)
  #payload = new Int32Array(SMALLEST)
  #count = 0
  #inserted = 0

  get count(): number {
    return this.#count
  }

  /** When the next one is due; Infinity when there is none. */
  get nextUs(): number {
    return this.#count === 0 ? Infinity : (this.#dueUs[0] as number)
  }

  /** @param payload a 32-bit integer, handed back by `take`. */
  add(dueUs: number, payload: number): void {
    if (this.#count === this.#payload.length) this.#grow()
    let at = this.#count++
    const order = this.#inserted++
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!this.#isBefore(dueUs, order, above)) break
      this.#copy(above, at)
      at = above
    }
    this.#put(at, dueUs, order, payload)
  }

  /** Takes the earliest out. The caller knows from `nextUs` that it is due. */
  take(): number {
    const payload = this.#payload[0] as number
    const last = --this.#count
    const dueUs = this.#dueUs[last] as number
    const order = this.#order[last] as number
    const lastPayload = this.#payload[last] as number
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= last) break
      if (below + 1 < last && this.#isEarlier(below + 1, below)) below++
      if (this.#isBefore(dueUs, order, below)) break
      this.#copy(below, at)
      at = below
    }
    this.#put(at, dueUs, order, lastPayload)
    return payload
  }

  clear(): void {
    this.#count = 0
  }

  #isEarlier(a: number, b: number): boolean {
    return this.#isBefore(this.#dueUs[a] as number, this.#order[a] as number, b)
  }

  #isBefore(dueUs: number, order: number, other: number): boolean {
    const otherUs = this.#dueUs[other] as number
    return dueUs < otherUs || (dueUs === otherUs && order < (this.#order[other] as number))
  }

  #copy(from: number, to: number): void {
    this.#put(
      to,
      this.#dueUs[from] as number,
      this.#order[from] as number,
      this.#payload[from] as number,
    )
  }

  #put(at: number, dueUs: number, order: number, payload: number): void {
    this.#dueUs[at] = dueUs
    this.#order[at] = order
    this.#payload[at] = payload
  }

  #grow(): void {
    const size = this.#payload.length * 2
    const [dueUs, order, payload] = [this.#dueUs, this.#order, this.#payload]
    this.#dueUs = new Float64Array(size)
    this.#order = new Float64Array(size)
    this.#payload = new Int32Array(size)
    this.#dueUs.set(dueUs)
    this.#order.set(order)
    this.#payload.set(payload)
  }
}
