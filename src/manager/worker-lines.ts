/**
 * Worker lines: the interrupt block of each worker, and who has its lines. Runs on: main.
 * A block outlives its worker: the successor goes on where the lines were served last.
 */
import { WORKER_BLOCK_WORDS, WORKER_DOORBELL, workerBlockWord } from '../abi/engine-layout.js'
import {
  createInterruptBlock,
  InterruptLines,
  type LineDescriptor,
} from '../irp/interrupt-block.js'
import { EngineError } from './errors.js'

const LINES_PER_WORKER = 64

/** The worker that services a line. */
export function workerOfLine({ doorbell }: LineDescriptor): number {
  return (doorbell.word - workerBlockWord(0) - WORKER_DOORBELL) / WORKER_BLOCK_WORDS
}

/** Names a line in its engine, also for a descriptor that was cloned. */
export function keyOfLine(line: LineDescriptor): string {
  return `${workerOfLine(line)}/${line.line}`
}

export class WorkerLines {
  readonly blocks: readonly SharedArrayBuffer[]
  readonly #lines: readonly InterruptLines[]
  /** Keys of the lines that are given out. */
  readonly #given = new Set<string>()

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
      for (const line of allocated) this.#given.add(keyOfLine(line))
      return allocated
    } catch (cause) {
      for (const line of allocated) lines.release(line)
      throw new EngineError(
        'ERR_IRP_OPTION',
        `worker ${worker} has no ${count} interrupt lines left of ${LINES_PER_WORKER}: release those of hardware that ` +
          'has stopped, or take another worker',
        count,
        cause,
      )
    }
  }

  /** Takes lines back; all of them, or none. @throws EngineError ERR_IRP_OPTION for one that is not given out. */
  release(lines: readonly LineDescriptor[]): void {
    const keys = lines.map(keyOfLine)
    if (new Set(keys).size !== keys.length || keys.some((key) => !this.#given.has(key))) {
      throw new EngineError(
        'ERR_IRP_OPTION',
        'only interrupt lines that allocateInterruptLines of this engine gave can be released, and each once',
        lines,
      )
    }
    for (const [i, line] of lines.entries()) {
      this.#given.delete(keys[i] as string)
      this.#lines[workerOfLine(line)]?.release(line)
    }
  }
}
