/**
 * Worker lines: the interrupt block of each worker, and who has its lines. Runs on: main.
 * A block outlives its worker: the successor goes on where the lines were served last.
 */
import { WORKER_DOORBELL, workerBlockWord } from '../abi/engine-layout.js'
import {
  createInterruptBlock,
  InterruptLines,
  type LineDescriptor,
} from '../irp/interrupt-block.js'
import { EngineError } from './errors.js'

const LINES_PER_WORKER = 64

export class WorkerLines {
  readonly blocks: readonly SharedArrayBuffer[]
  readonly #lines: readonly InterruptLines[]

  constructor(workers: number, engine: SharedArrayBuffer) {
    this.blocks = Array.from({ length: workers }, () => createInterruptBlock(LINES_PER_WORKER))
    this.#lines = this.blocks.map((block, worker) => {
      const word = workerBlockWord(worker) + WORKER_DOORBELL
      return new InterruptLines(block, { buffer: engine, word })
    })
  }

  /** @throws EngineError ERR_IRP_OPTION when there are not that many left. */
  allocate(worker: number, count: number): LineDescriptor[] {
    const lines = this.#lines[worker]
    if (lines === undefined) return []
    const allocated: LineDescriptor[] = []
    try {
      for (let i = 0; i < count; i++) allocated.push(lines.allocate())
      return allocated
    } catch (cause) {
      for (const line of allocated) lines.release(line)
      throw new EngineError(
        'ERR_IRP_OPTION',
        `worker ${worker} has no ${count} interrupt lines left: it has ${LINES_PER_WORKER} in all`,
        count,
        cause,
      )
    }
  }
}
