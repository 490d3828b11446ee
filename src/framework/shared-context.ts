/**
 * Shared device context: the fields of a declaration, as one plain-looking object on every worker that has a
 * part of the device. Runs on: any worker of the device.
 *
 *   context.reads             a scalar: one atomic load; writing is one atomic store. `context.reads += 1` is both,
 *                             and another worker may come between
 *   context.$reads.add(1)     read-modify-write as one step; also `exchange` and `compareExchange`
 *   context.histogram[3]++    an array: plain accesses to a typed array; hold a lock
 *   context.lock              a SpinLock or WaitLock, whose owners are the workers
 *
 * The accessors are on the prototype of a class made once a declaration: an access is a call that V8 inlines, and
 * allocates nothing of its own. (A float64 is a JavaScript number: where V8 does not inline, it may be boxed, as
 * what any function returns. A bigint64 is a BigInt, which is an object.)
 *
 * Memory starts as zeroes, and outlives the worker: a successor binds it again and finds
 * what was there. Locks that its predecessor held are then taken from it (owner-word).
 */
import { STATUS_INVALID_PARAMETER } from '../abi/ntstatus.js'
import { CONTEXT_LINE_BYTES, CONTEXT_SHAPE } from '../abi/shared-context-layout.js'
import { compareExchange } from '../sharedarraybuffer-queue/access.js'
import { WdfStatusError } from './errors.js'
import { LOCAL_PARTY, type LockParty } from './lock-party.js'
import { classOf } from './shared-context-class.js'
import type {
  ArrayType,
  FieldDeclaration,
  FieldDeclarations,
  LockFieldType,
  ScalarType,
  SharedContextDeclaration,
} from './shared-context-declaration.js'
import type { AtomicField, AtomicNumberField } from './shared-scalar.js'
import type { SpinLock } from './spin-lock.js'
import type { WaitLock } from './wait-lock.js'

interface ScalarValues {
  int32: number
  boolean: boolean
  float64: number
  bigint64: bigint
}

interface AtomicFields {
  int32: AtomicNumberField<number>
  boolean: AtomicField<boolean>
  float64: AtomicNumberField<number>
  bigint64: AtomicNumberField<bigint>
}

interface ArrayViews {
  int32: Int32Array
  float64: Float64Array
  bigint64: BigInt64Array
  bytes: Uint8Array
}

interface LockObjects {
  spinLock: SpinLock
  waitLock: WaitLock
}

type ScalarNames<F> = { [K in keyof F]: F[K] extends ScalarType ? K : never }[keyof F]

type PlaceOf<D extends FieldDeclaration> = D extends LockFieldType
  ? LockObjects[D]
  : D extends { readonly type: infer T extends LockFieldType }
    ? LockObjects[T]
    : D extends { readonly type: infer T extends ArrayType }
      ? ArrayViews[T]
      : never

/** What a declaration looks like to a driver. */
export type SharedContext<F extends FieldDeclarations> = {
  -readonly [K in ScalarNames<F>]: F[K] extends ScalarType ? ScalarValues[F[K]] : never
} & {
  readonly [K in Exclude<keyof F, ScalarNames<F>>]: PlaceOf<F[K]>
} & {
  readonly [K in ScalarNames<F> & string as `$${K}`]: F[K] extends ScalarType
    ? AtomicFields[F[K]]
    : never
} & {
  /** The scalars and arrays as they are now, one after the other: not one moment of all. */
  toJSON(): Record<string, unknown>
}

/** `SharedContextOf<typeof Context>` for a declaration `Context`. */
export type SharedContextOf<D> =
  D extends SharedContextDeclaration<infer F> ? SharedContext<F> : never

/**
 * The object for the context that lies at `byteOffset` of `memory`, on this worker. The first one to bind lays
 * it out; `memory` must be zeroes until then.
 *
 * @param byteOffset a multiple of 64
 * @param party who takes the locks here; default: a single thread
 * @throws WdfStatusError STATUS_INVALID_PARAMETER when the memory is too small, not shared, or was laid out
 *   for other fields.
 */
export function bindSharedContext<F extends FieldDeclarations>(
  declaration: SharedContextDeclaration<F>,
  memory: SharedArrayBuffer,
  byteOffset = 0,
  party: LockParty = LOCAL_PARTY,
): SharedContext<F> {
  checkMemory(declaration, memory, byteOffset)
  const words = new Int32Array(memory, byteOffset, declaration.byteLength / 4)
  checkShape(declaration, words)
  const Context = classOf(declaration)
  return new Context(words, declaration.fields, party) as unknown as SharedContext<F>
}

function checkMemory(
  { byteLength }: SharedContextDeclaration,
  memory: SharedArrayBuffer,
  byteOffset: number,
): void {
  if (!(memory instanceof SharedArrayBuffer)) {
    refuse('a shared context is bound to a SharedArrayBuffer', memory)
  }
  if (!Number.isInteger(byteOffset) || byteOffset < 0 || byteOffset % CONTEXT_LINE_BYTES !== 0) {
    refuse(
      `a shared context starts at a multiple of ${CONTEXT_LINE_BYTES} bytes, not at ${byteOffset}`,
      byteOffset,
    )
  }
  if (byteOffset + byteLength > memory.byteLength) {
    refuse(
      `the context needs ${byteLength} bytes from ${byteOffset} on, the memory has ${memory.byteLength} in all`,
      memory.byteLength,
    )
  }
}

/** The first one to bind says what the memory is; all others must mean the same. */
function checkShape({ shape }: SharedContextDeclaration, words: Int32Array): void {
  const found = compareExchange(words, CONTEXT_SHAPE, 0, shape)
  if (found === 0 || found === shape) return
  refuse(
    `the memory was laid out for other fields (shape ${hex(found)}, this declaration's is ${hex(shape)}): ` +
      'declare the same names, types and lengths in the same order on every worker',
    found,
  )
}

function hex(shape: number): string {
  return `0x${(shape >>> 0).toString(16)}`
}

function refuse(message: string, value: unknown): never {
  throw new WdfStatusError(STATUS_INVALID_PARAMETER, message, value)
}
