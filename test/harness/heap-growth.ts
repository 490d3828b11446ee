/**
 * Heap growth: how much JavaScript heap a test allocated, whatever was collected meanwhile.
 * Runs on: the test's own thread.
 */

/** Sums up what the heap grew between samples: a collection in between hides one step, not the sum. */
export class HeapGrowth {
  bytes = 0
  #last = process.memoryUsage().heapUsed

  sample(): void {
    const now = process.memoryUsage().heapUsed
    this.bytes += Math.max(0, now - this.#last)
    this.#last = now
  }
}
