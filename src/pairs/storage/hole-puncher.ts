/**
 * Hole puncher: gives blocks of a file back to its file system. Node has no fallocate(2), so util-linux's
 * `fallocate` does it, on a descriptor that it inherits: the file is the open one, whatever its path names by now.
 * Runs on: worker; one program at a time, started only for ranges that are worth it.
 */
import { spawn } from 'node:child_process'

/** Writing fewer zeros than that is faster than starting a program. */
export const WORTH_PUNCHING_BYTES = 1 << 20
/** Where the child finds the descriptor: number 3 of its own. */
const INHERITED = '/proc/self/fd/3'

export class HolePuncher {
  readonly #fd: number
  /** Ranges that wait for the program, each with its listener. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(fd: number) {
    this.#fd = fd
  }

  /** Whether the program is there and the file system can do it. Asks behind the end of the file. */
  isUsable(sizeBytes: number): Promise<boolean> {
    return this.#run(Math.ceil(sizeBytes / 4096) * 4096, 4096)
  }

  /** Makes the range a hole, which reads as zeros. False when that did not work. */
  punch(offset: number, length: number): Promise<boolean> {
    const result = this.#last.then(() => this.#run(offset, length))
    this.#last = result
    return result
  }

  #run(offset: number, length: number): Promise<boolean> {
    const range = ['--offset', String(offset), '--length', String(length)]
    return new Promise((resolve) => {
      const child = spawn('fallocate', ['--punch-hole', ...range, INHERITED], {
        stdio: ['ignore', 'ignore', 'ignore', this.#fd],
      })
      child.on('error', () => resolve(false))
      child.on('close', (exitCode) => resolve(exitCode === 0))
    })
  }
}
