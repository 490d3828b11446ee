/**
 * State store: every state of a search, once. Runs on: the checker's own thread.
 *
 * The two long parts of a state (the words, who knows of what) repeat in many states: each is kept once,
 * and a state names it by number.
 */

/** Different vectors, numbered. Zeros at the end do not count. */
class VectorTable {
  readonly #ids = new Map<string, number>()
  readonly #vectors: Int32Array[] = []

  idOf(vector: Int32Array): number {
    let length = vector.length
    while (length > 0 && vector[length - 1] === 0) length--
    const key = textOf(vector, length)
    let id = this.#ids.get(key)
    if (id === undefined) {
      id = this.#vectors.length
      this.#ids.set(key, id)
      this.#vectors.push(vector.slice(0, length))
    }
    return id
  }

  /** Fills `target` with that vector. */
  load(id: number, target: Int32Array): void {
    const vector = this.#vectors[id] as Int32Array
    target.set(vector)
    target.fill(0, vector.length)
  }
}

/** The words as a string, two characters each: a key that compares fast. */
function textOf(vector: Int32Array, length: number): string {
  if (length === 0) return ''
  const halves = new Uint16Array(vector.buffer, vector.byteOffset, length * 2)
  return String.fromCharCode.apply(null, halves as unknown as number[])
}

/** Numbers that describe a state, besides its two vectors. */
export class StateStore {
  readonly #words = new VectorTable()
  readonly #knowledge = new VectorTable()
  readonly #ids = new Map<string, number>()
  readonly #records: Int32Array[] = []
  readonly #scratch: Int32Array

  /** `width`: how many numbers `head` has. */
  constructor(width: number) {
    this.#scratch = new Int32Array(width + 2)
  }

  get count(): number {
    return this.#records.length
  }

  /** The number of that state; a new one the first time. */
  idOf(head: Int32Array, words: Int32Array, knowledge: Int32Array): number {
    const record = this.#scratch
    record.set(head)
    record[head.length] = this.#words.idOf(words)
    record[head.length + 1] = this.#knowledge.idOf(knowledge)
    const key = textOf(record, record.length)
    let id = this.#ids.get(key)
    if (id === undefined) {
      id = this.#records.length
      this.#ids.set(key, id)
      this.#records.push(record.slice())
    }
    return id
  }

  /** Fills the arrays with that state. */
  load(id: number, head: Int32Array, words: Int32Array, knowledge: Int32Array): void {
    const record = this.#records[id] as Int32Array
    head.set(record.subarray(0, head.length))
    this.#words.load(record[head.length] as number, words)
    this.#knowledge.load(record[head.length + 1] as number, knowledge)
  }
}
