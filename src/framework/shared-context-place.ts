/**
 * Place of a field: the object that stands for a field of a shared context on one worker. Made when the context
 * is bound. Runs on: any worker of the device.
 */
import type { LockParty } from './lock-party.js'
import { Cell64, SharedBigint64, SharedFloat64 } from './shared-cell64.js'
import type { ArrayType, PlacedField, ScalarType } from './shared-context-declaration.js'
import { SharedBoolean, SharedInt32 } from './shared-scalar.js'
import { SpinLock } from './spin-lock.js'
import { WaitLock } from './wait-lock.js'

/** What is behind a field's name, besides the value of a scalar. */
export type Place =
  | SharedInt32
  | SharedBoolean
  | SharedFloat64
  | SharedBigint64
  | SpinLock
  | WaitLock
  | Int32Array
  | Float64Array
  | BigInt64Array
  | Uint8Array

/** `words` start where the context does. */
export function placeOf(field: PlacedField, words: Int32Array, party: LockParty): Place {
  switch (field.kind) {
    case 'array':
      return viewOf(field.type, words, field.word, field.length)
    case 'lock':
      return lockOf(field, words, party)
    default:
      return scalarOf(field.type, words, field.word, party)
  }
}

function viewOf(type: ArrayType, words: Int32Array, word: number, length: number): Place {
  const { buffer } = words
  const at = words.byteOffset + word * words.BYTES_PER_ELEMENT
  switch (type) {
    case 'int32':
      return new Int32Array(buffer, at, length)
    case 'float64':
      return new Float64Array(buffer, at, length)
    case 'bigint64':
      return new BigInt64Array(buffer, at, length)
    default:
      return new Uint8Array(buffer, at, length)
  }
}

function lockOf(
  { name, type, level, word }: PlacedField & { kind: 'lock' },
  words: Int32Array,
  party: LockParty,
): Place {
  const place = { words, base: word }
  const options = { name, place, party, ...(level === undefined ? {} : { level }) }
  return type === 'spinLock' ? new SpinLock(options) : new WaitLock(options)
}

function scalarOf(type: ScalarType, words: Int32Array, word: number, party: LockParty): Place {
  switch (type) {
    case 'int32':
      return new SharedInt32(words, word)
    case 'boolean':
      return new SharedBoolean(words, word)
    case 'float64':
      return new SharedFloat64(new Cell64(words, word, party))
    default:
      return new SharedBigint64(new Cell64(words, word, party))
  }
}
