/**
 * Private memory: a disk's bytes on the heap of the worker; they are gone when the worker dies.
 * Runs on: worker.
 */
import { SparseMemory } from '../kmdf/sparse-memory.js'
import type { DiskStore } from './disk-store.js'

export class PrivateMemory implements DiskStore {
  readonly #memory: SparseMemory
  readonly #limitBytes: number

  /** @throws SparseMemoryRangeError for a size that cannot be */
  constructor(sizeBytes: number, limitBytes: number) {
    this.#memory = new SparseMemory(sizeBytes)
    this.#limitBytes = limitBytes
  }

  get sizeBytes(): number {
    return this.#memory.sizeBytes
  }

  read(offset: number, target: Uint8Array): void {
    this.#memory.read(offset, target)
  }

  write(offset: number, source: Uint8Array): boolean {
    const { residentBytes, pageBytes } = this.#memory
    if (residentBytes + source.length + pageBytes > this.#limitBytes) return false
    this.#memory.write(offset, source)
    return true
  }

  discard(offset: number, length: number): void {
    this.#memory.discard(offset, length)
  }
}
