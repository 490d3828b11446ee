/**
 * Disk store: what the RAM miniport keeps its bytes in. Types only. Runs on: worker.
 */
export interface DiskStore {
  readonly sizeBytes: number
  /** Fills the whole target from byte `offset` on. */
  read(offset: number, target: Uint8Array): void
  /** Stores the whole source; false when there is no room for it, and then nothing was stored. */
  write(offset: number, source: Uint8Array): boolean
  /** Makes a range read as zeros, and gives its memory back where it can. */
  discard(offset: number, length: number): void
}
