/**
 * measurement-window.ts: clock, CPU and heap figures between two points of a running scenario.
 *
 * Runs on: the thread that submits requests, inside a child process.
 *
 * CPU is that of the whole process (every thread). Heap figures are of the calling thread's isolate only:
 * V8 keeps no running total of allocated bytes, so the total is put together from the heap sizes around
 * each collection: what it grew by between two collections was allocated.
 */
import type { GcPauses } from './scenario.js'
import { getHeapStatistics, GCProfiler } from 'node:v8'

export interface WindowFigures {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly bytesAllocated: number
  readonly scavenges: number
  readonly gc: GcPauses
}

/** What opens and closes a measured window. */
export interface Window {
  begin(): void
  end(): WindowFigures
}

export class MeasurementWindow implements Window {
  readonly #collector = new GCProfiler()
  #startedAtMs = 0
  #cpuAtStart: NodeJS.CpuUsage = { user: 0, system: 0 }
  #heapBytesAtStart = 0

  /** Opens the window. Call it once, after the warm-up. */
  begin(): void {
    this.#collector.start()
    this.#heapBytesAtStart = getHeapStatistics().used_heap_size
    this.#cpuAtStart = process.cpuUsage()
    this.#startedAtMs = performance.now()
  }

  /** Closes it and answers the figures. Call it once, before the drain. */
  end(): WindowFigures {
    const seconds = (performance.now() - this.#startedAtMs) / 1000
    const cpu = process.cpuUsage(this.#cpuAtStart)
    const heapBytesAtEnd = getHeapStatistics().used_heap_size
    const { statistics } = this.#collector.stop()
    let bytesAllocated = 0
    let scavenges = 0
    let totalUs = 0
    let maxUs = 0
    let heapBytes = this.#heapBytesAtStart
    for (const { gcType, cost, beforeGC, afterGC } of statistics) {
      if (gcType === 'Scavenge') scavenges++
      totalUs += cost
      maxUs = Math.max(maxUs, cost)
      bytesAllocated += Math.max(0, beforeGC.heapStatistics.usedHeapSize - heapBytes)
      heapBytes = afterGC.heapStatistics.usedHeapSize
    }
    bytesAllocated += Math.max(0, heapBytesAtEnd - heapBytes)
    const gc = { count: statistics.length, totalMs: totalUs / 1e3, maxMs: maxUs / 1e3 }
    return { seconds, cpuSeconds: (cpu.user + cpu.system) / 1e6, bytesAllocated, scavenges, gc }
  }
}
