// Checks a disk's answers while it runs: fills what is written, notes what each read must see, judges what it
// brought, and keeps the first mismatches for people.
// Runs on: the producer's thread; one object belongs to one thread.
// Rules: submitted… is called in the order of submission, after prepareRead or prepareWrite took the request and
// before `submit`; completed… once per request. Nothing is allocated per request that is right.

import { BLOCK_WORDS } from './block-pattern.js'
import { BlockOracle, READ_RIGHT, READ_UNDECIDED } from './block-oracle.js'

/** A request that the disk answered wrongly. */
export interface Mismatch {
  /** `data`: a read brought wrong bytes. `length`: a success moved fewer or more bytes than were asked for. */
  readonly kind: 'data' | 'length'
  readonly operation: 'read' | 'write'
  /** Its number in the order of submission, from 0. */
  readonly request: number
  readonly offsetBytes: number
  readonly sizeBytes: number
  /** kind data: byte position of the first wrong word on the disk. kind length: the end of what was moved. */
  readonly positionBytes: number
  /** kind data: that word, as int32. kind length: bytes. */
  readonly expected: number
  readonly found: number
}

const KEPT_MISMATCHES = 8
/** Written into every block of a buffer before a read, so that a read which brings nothing is noticed. */
const POISON = 0x5a17_ed0b

export class RequestVerifier {
  readonly oracle: BlockOracle
  readonly firstMismatches: Mismatch[] = []
  /** Reads, all of whose blocks were right. */
  verified = 0
  /** Reads without a wrong block, of which nobody can know some: after a failed write, or of a used disk. */
  undecided = 0
  mismatches = 0
  readonly #words: readonly Int32Array[]

  /**
   * @param buffers one per context, all of the same length, a multiple of 512 bytes
   * @throws SimulationError
   */
  constructor(seed: number, isBlank: boolean, buffers: readonly Uint8Array[]) {
    const largestBytes = buffers[0]?.byteLength ?? 0
    this.oracle = new BlockOracle({ seed: seed | 0, depth: buffers.length, largestBytes, isBlank })
    this.#words = buffers.map(
      (bytes) => new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2),
    )
  }

  submittedWrite(context: number, offsetBytes: number, sizeBytes: number): void {
    this.oracle.fillWrite(this.#wordsOf(context), offsetBytes, sizeBytes)
    this.oracle.captureWrite(context, offsetBytes, sizeBytes)
  }

  submittedRead(context: number, offsetBytes: number, sizeBytes: number): void {
    const words = this.#wordsOf(context)
    for (let i = 0; i < sizeBytes >> 2; i += BLOCK_WORDS) words[i] = POISON
    this.oracle.captureRead(context, offsetBytes, sizeBytes)
  }

  /** The write ended with a failure: its blocks may hold anything. */
  failedWrite(context: number): void {
    this.oracle.forgetWrite(context)
  }

  completedWrite(
    context: number,
    request: number,
    offset: number,
    size: number,
    moved: number,
  ): void {
    if (moved === size) return
    this.oracle.forgetWrite(context)
    this.#addLength('write', request, offset, size, moved)
  }

  completedRead(
    context: number,
    request: number,
    offset: number,
    size: number,
    moved: number,
  ): void {
    if (moved !== size) {
      this.#addLength('read', request, offset, size, moved)
      return
    }
    const words = this.#wordsOf(context)
    const verdict = this.oracle.checkRead(context, words)
    if (verdict === READ_RIGHT) this.verified++
    else if (verdict === READ_UNDECIDED) this.undecided++
    else {
      this.#add({
        kind: 'data',
        operation: 'read',
        request,
        offsetBytes: offset,
        sizeBytes: size,
        positionBytes: offset + verdict,
        expected: this.oracle.expectedWord(context, verdict),
        found: words[verdict >> 2] ?? 0,
      })
    }
  }

  #addLength(
    operation: 'read' | 'write',
    request: number,
    offsetBytes: number,
    sizeBytes: number,
    moved: number,
  ): void {
    this.#add({
      kind: 'length',
      operation,
      request,
      offsetBytes,
      sizeBytes,
      positionBytes: offsetBytes + moved,
      expected: sizeBytes,
      found: moved,
    })
  }

  #add(mismatch: Mismatch): void {
    this.mismatches++
    if (this.firstMismatches.length < KEPT_MISMATCHES) this.firstMismatches.push(mismatch)
  }

  #wordsOf(context: number): Int32Array {
    const words = this.#words[context]
    if (words === undefined) throw new RangeError(`there is no context ${context}`)
    return words
  }
}
