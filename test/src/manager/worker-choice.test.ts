/** Which worker a request goes to that any may take: the one with the least to do, or only one while requests are fast. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ENGINE_CROWDED, engineBytes } from '../../../src/abi/engine-layout.js'
import type { HostPort } from '../../../src/manager/host-port.js'
import { WorkerChoice } from '../../../src/manager/worker-choice.js'

const WORKERS = 3
/** Choices between two decisions. */
const BLOCK = 256

class Bench {
  readonly loads = [5, 7, 4]
  readonly heads = [{ head: 0x7fffffff }, { head: -5 }, { head: 12 }]
  readonly choice: WorkerChoice
  #nowMs = 1000

  constructor(isCrowded: boolean, failed: readonly number[] = []) {
    const words = new Int32Array(engineBytes(WORKERS) / 4)
    words[ENGINE_CROWDED] = isCrowded ? 1 : 0
    const ports = this.heads.map((completions, worker) => ({
      worker,
      completions,
      load: () => this.loads[worker],
      hasFailed: () => failed.includes(worker),
    }))
    this.choice = new WorkerChoice(ports as unknown as HostPort[], words)
    vi.spyOn(performance, 'now').mockImplementation(() => this.#nowMs)
  }

  /** A block of choices, in which `ended` requests ended in `ms` milliseconds. Answers the workers that were chosen. */
  block(ended: number, ms: number): number[] {
    this.#nowMs += ms
    for (const [i, port] of this.heads.entries()) {
      port.head = (port.head + (i === 0 ? ended : 0)) | 0
    }
    return [...new Set(Array.from({ length: BLOCK }, () => this.choice.next()))]
  }
}
afterEach(() => void vi.restoreAllMocks())

describe('a request that any worker may take', () => {
  it('goes to the one with the least to do, the first of equals', () => {
    const { choice, loads } = new Bench(true)
    expect(choice.next()).toBe(2)
    loads[2] = 6
    expect(choice.next()).toBe(0)
    loads[1] = 5
    expect(choice.next()).toBe(0)
  })

  it('goes there however fast requests end, where every thread has a processor', () => {
    const bench = new Bench(false)
    for (let i = 0; i < 5; i++) expect(bench.block(1_000_000, 1)).toEqual([2])
  })

  it('goes to the busiest alone while requests end at more than one a microsecond', () => {
    const bench = new Bench(true)
    bench.block(0, 0)
    bench.block(2000, 1)
    expect(bench.block(2000, 1)).toEqual([1])
    // Whoever was chosen stays it, also when others have more to do.
    bench.loads[0] = 50
    for (let i = 0; i < 5; i++) expect(bench.block(2000, 1)).toEqual([1])
  })

  it('goes to all again when requests take longer, not after a single slow block', () => {
    const bench = new Bench(true)
    for (let i = 0; i < 3; i++) bench.block(2000, 1)
    for (let i = 0; i < 3; i++) {
      expect(bench.block(2000, 10)).toEqual([1])
      expect(bench.block(2000, 1)).toEqual([1])
    }
    bench.block(2000, 10)
    bench.block(2000, 10)
    expect(bench.block(2000, 10)).toEqual([2])
  })

  it('does not go to a worker that was given up, before or after the channel was opened', () => {
    const { choice } = new Bench(true, [2])
    expect(choice.next()).toBe(0)
    choice.leaveOut(0)
    choice.leaveOut(0)
    expect(choice.next()).toBe(1)
  })

  it('goes to somebody else when the only one was given up', () => {
    const bench = new Bench(true)
    for (let i = 0; i < 3; i++) bench.block(2000, 1)
    bench.choice.leaveOut(1)
    expect(bench.choice.next()).toBe(2)
    expect(bench.block(2000, 1)).toContain(0)
  })

  it('goes to the last one all the same when all were given up: there it ends with a status', () => {
    const { choice } = new Bench(false, [0, 1, 2])
    expect(choice.next()).toBe(2)
  })
})
