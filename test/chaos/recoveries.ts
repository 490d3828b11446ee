/**
 * Recoveries: how long after a worker's death its successor ran, and how long until a request that was sent at
 * the death came back. Runs on: main.
 */
import { type Engine, type IrpFile, STATUS_DRIVER_PROCESS_TERMINATED } from '../../src/index.js'

export class Recoveries {
  deaths = 0
  hung = 0
  readonly reasons = new Map<string, number>()
  /** Milliseconds after a death: until a request that died with it ended at its host, … */
  readonly toldMs: number[] = []
  /** … until the successor ran; one that died, too, counts with it. */
  readonly successorMs: number[] = []
  /** … until a request that was sent at the death came back with success. */
  readonly answerMs: number[] = []
  readonly #toldOf: (number | undefined)[] = []
  readonly #diedAt: (number | undefined)[] = []
  #probing = 0

  /** `files`: of each worker, an open file of a device there. */
  watch(engine: Engine, files: readonly IrpFile[]): void {
    engine.on('workerHung', () => this.hung++)
    engine.on('workerDied', (worker, { message }) => {
      this.deaths++
      const reason = message.replace(/^.* has not returned for .*$/, 'a callback does not return')
      this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1)
      this.#toldOf[worker] = performance.now()
      this.#diedAt[worker] ??= performance.now()
      void this.#probe(files[worker] as IrpFile)
    })
    engine.on('workerReplaced', (worker) => {
      const diedAt = this.#diedAt[worker]
      if (diedAt === undefined) return
      this.#diedAt[worker] = undefined
      this.successorMs.push(performance.now() - diedAt)
    })
  }

  /** A request that died with the worker has just ended. */
  told(worker: number): void {
    const diedAt = this.#toldOf[worker]
    if (diedAt !== undefined) this.toldMs.push(performance.now() - diedAt)
  }

  isAlive(worker: number): boolean {
    return this.#diedAt[worker] === undefined
  }

  /** Every worker that died has a successor that answers. */
  get isOver(): boolean {
    return this.#probing === 0 && this.#diedAt.every((at) => at === undefined)
  }

  async #probe(file: IrpFile): Promise<void> {
    const sentAt = performance.now()
    this.#probing++
    // Ends as worker-died if that one dies, too: asked again.
    let status: number
    do ({ status } = await file.flush({ rejectOnFailure: false }))
    while (status === STATUS_DRIVER_PROCESS_TERMINATED)
    this.#probing--
    this.answerMs.push(performance.now() - sentAt)
  }
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}
