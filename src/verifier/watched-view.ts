/**
 * Watched view: the bytes of a request as a driver has them: a Uint8Array that tells when its contents are read by a
 * method, an iterator or through its buffer. Reads of single elements cannot be seen: those of a request that is over
 * get the poison. Runs on: worker.
 */

/** What reads. What only writes is found by the poison. */
const READING = [
  'at',
  'entries',
  'every',
  'filter',
  'find',
  'findIndex',
  'findLast',
  'findLastIndex',
  'forEach',
  'includes',
  'indexOf',
  'join',
  'lastIndexOf',
  'map',
  'reduce',
  'reduceRight',
  'slice',
  'some',
  'toString',
  'values',
  Symbol.iterator,
] as const

export class WatchedView extends Uint8Array {
  readonly #onRead: () => void

  /** What its methods make of it is a copy, and nobody's business. */
  static get [Symbol.species](): Uint8ArrayConstructor {
    return Uint8Array
  }

  /** The same bytes; `onRead` is called before they are read. */
  constructor(bytes: Uint8Array, onRead: () => void) {
    super(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length)
    this.#onRead = onRead
  }

  // Defined, not declared: the types stay Uint8Array's own, in which its buffer has a name that older compilers lack.
  static {
    const { prototype } = this
    const bytes = Uint8Array.prototype
    const define = (name: string | symbol, descriptor: PropertyDescriptor): void => {
      Object.defineProperty(prototype, name, { configurable: true, ...descriptor })
    }
    for (const name of READING) {
      const method = Reflect.get(bytes, name) as (...args: unknown[]) => unknown
      define(name, {
        value(this: WatchedView, ...args: unknown[]): unknown {
          this.#onRead()
          return method.apply(this, args)
        },
      })
    }
    define('subarray', {
      value(this: WatchedView, begin?: number, end?: number): Uint8Array {
        this.#onRead()
        return new WatchedView(bytes.subarray.call(this, begin, end), this.#onRead)
      },
    })
    define('buffer', {
      get(this: WatchedView): unknown {
        this.#onRead()
        return Reflect.get(Object.getPrototypeOf(bytes) as object, 'buffer', this)
      },
    })
  }
}
