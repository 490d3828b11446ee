/**
 * Worker lines: the interrupt block of each worker, and who has its lines. Runs on: main.
 * A block outlives its worker: the successor goes on where the lines were served last.
 */
import { WORKER_DOORBELL, workerBlockWord } from '../abi/engine-layout.js'
import {
  createInterruptBlock,
  identityOfBlock,
  InterruptLines,
  type LineDescriptor,
} from '../irp/interrupt-block.js'
import { EngineError } from './errors.js'

const LINES_PER_WORKER = 64

export class WorkerLines {
  readonly blocks: readonly SharedArrayBuffer[]
  readonly #lines: readonly InterruptLines[]
  readonly #identities: readonly number[]
  /** Of each worker: lines that are given out. */
  readonly #given: readonly Set<number>[]

  constructor(workers: number, engine: SharedArrayBuffer) {
    this.blocks = Array.from({ length: workers }, () => createInterruptBlock(LINES_PER_WORKER))
    this.#identities = this.blocks.map(identityOfBlock)
    this.#given = this.blocks.map(() => new Set())
    this.#lines = this.blocks.map((block, worker) => {
      const word = workerBlockWord(worker) + WORKER_DOORBELL
      return new InterruptLines(block, { buffer: engine, word })
    })
  }

  /** The worker that a line is given of; undefined for a line of another engine, a free one, or none at all. */
  workerOf({ block, line }: LineDescriptor): number | undefined {
    const worker = this.#identities.indexOf(identityOfBlock(block))
    return this.#given[worker]?.has(line) === true ? worker : undefined
  }

  /** @throws EngineError ERR_IRP_OPTION for no number of lines, or when there are not that many left. */
  allocate(worker: number, count: number): LineDescriptor[] {
    if (!(Number.isInteger(count) && count >= 0)) {
      throw new EngineError(
        'ERR_IRP_OPTION',
        `count ${String(count)} is not a whole number from 0 to ${LINES_PER_WORKER}`,
        count,
      )
    }
    const lines = this.#lines[worker]
    if (lines === undefined) return []
    const allocated: LineDescriptor[] = []
    try {
      for (let i = 0; i < count; i++) allocated.push(lines.allocate())
      for (const { line } of allocated) this.#given[worker]?.add(line)
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
    const workers = lines.map((line) => this.workerOf(line))
    const distinct = new Set(lines.map(({ line }, i) => `${workers[i]}/${line}`))
    if (workers.includes(undefined) || distinct.size !== lines.length) {
      throw new EngineError(
        'ERR_IRP_OPTION',
        'only interrupt lines that allocateInterruptLines of this engine gave can be released, and each once',
        lines,
      )
    }
    for (const [i, line] of lines.entries()) {
      const worker = workers[i] as number
      this.#given[worker]?.delete(line.line)
      this.#lines[worker]?.release(line)
    }
  }
}
