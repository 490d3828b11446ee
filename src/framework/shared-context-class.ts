/**
 * The class of a shared context: accessors of a declaration's fields, on a prototype that is made once a
 * declaration. Runs on: any worker of the device; the accessors on the path of requests.
 */
import { load, store } from '../sharedarraybuffer-queue/access.js'
import type { LockParty } from './lock-party.js'
import type { SharedBigint64, SharedFloat64 } from './shared-cell64.js'
import type {
  PlacedField,
  ScalarType,
  SharedContextDeclaration,
} from './shared-context-declaration.js'
import { placeOf, type Place } from './shared-context-place.js'

type ContextClass = new (...parts: ConstructorParameters<typeof BoundContext>) => BoundContext

/** The class of each declaration. */
const classes = new WeakMap<SharedContextDeclaration, ContextClass>()

/** Constructor of the contexts of a declaration. */
export function classOf(declaration: SharedContextDeclaration): ContextClass {
  const known = classes.get(declaration)
  if (known !== undefined) return known
  class SharedDeviceContext extends BoundContext {}
  for (const [i, field] of declaration.fields.entries()) {
    BoundContext.define(SharedDeviceContext.prototype, field, i)
  }
  classes.set(declaration, SharedDeviceContext)
  return SharedDeviceContext
}

/** A property's descriptor, with the context as `this`. */
type Accessors = PropertyDescriptor & ThisType<BoundContext>

const INSPECT = Symbol.for('nodejs.util.inspect.custom')

class BoundContext {
  readonly #words: Int32Array
  readonly #fields: readonly PlacedField[]
  /** By number of the field. */
  readonly #places: readonly Place[]

  constructor(words: Int32Array, fields: readonly PlacedField[], party: LockParty) {
    this.#words = words
    this.#fields = fields
    this.#places = fields.map((field) => placeOf(field, words, party))
    // A misspelt field is an error, not a property that no other worker sees.
    Object.preventExtensions(this)
  }

  toJSON(): Record<string, unknown> {
    return Object.fromEntries(this.#values().map(([name, value]) => [name, plain(value)]))
  }

  [INSPECT](): Record<string, unknown> {
    return Object.fromEntries(this.#values())
  }

  #values(): [name: string, value: unknown][] {
    const all = this as unknown as Record<string, unknown>
    return this.#fields
      .filter(({ kind }) => kind !== 'lock')
      .map(({ name }): [string, unknown] => [name, all[name]])
  }

  /** Defines the accessors of field number `i`. A pair of functions a type: each sees one kind of place. */
  static define(prototype: BoundContext, field: PlacedField, i: number): void {
    const place: Accessors = {
      get() {
        return this.#places[i]
      },
    }
    if (field.kind === 'scalar') {
      Object.defineProperty(prototype, `$${field.name}`, place)
      Object.defineProperty(prototype, field.name, BoundContext.#scalar[field.type](field.word, i))
    } else {
      Object.defineProperty(prototype, field.name, place)
    }
  }

  static readonly #scalar: Record<ScalarType, (word: number, i: number) => Accessors> = {
    int32: (word) => ({
      get() {
        return load(this.#words, word)
      },
      set(value: number) {
        store(this.#words, word, value)
      },
    }),
    boolean: (word) => ({
      get() {
        return load(this.#words, word) !== 0
      },
      set(value: boolean) {
        store(this.#words, word, value ? 1 : 0)
      },
    }),
    float64: (_word, i) => ({
      get() {
        return (this.#places[i] as SharedFloat64).value
      },
      set(value: number) {
        const place = this.#places[i] as SharedFloat64
        place.value = value
      },
    }),
    bigint64: (_word, i) => ({
      get() {
        return (this.#places[i] as SharedBigint64).value
      },
      set(value: bigint) {
        const place = this.#places[i] as SharedBigint64
        place.value = value
      },
    }),
  }
}

/** As JSON can say it. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return ArrayBuffer.isView(value) ? Array.from(value as Int32Array, plain) : value
}
