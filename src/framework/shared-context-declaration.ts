/**
 * Declaration of a shared device context: which fields there are, of which type, and where each one lies.
 * Made once a driver module, so once a worker; the same on all of them, which SHAPE checks.
 * Runs on: any thread; never on the path of a request. Layout: shared-context-layout.
 */
import { LOCK_WORDS } from '../abi/lock-layout.js'
import { STATUS_INVALID_PARAMETER } from '../abi/ntstatus.js'
import { CELL_WORDS, CONTEXT_HEADER_WORDS, wholeLines } from '../abi/shared-context-layout.js'
import { WdfStatusError } from './errors.js'
import { LOCK_LEVEL, type LockLevel } from './lock-order.js'

/** A value of its own: every access is atomic. */
export type ScalarType = 'int32' | 'boolean' | 'float64' | 'bigint64'
export type LockFieldType = 'spinLock' | 'waitLock'
/** Element type of an array; 'bytes' is a Uint8Array. */
export type ArrayType = 'int32' | 'float64' | 'bigint64' | 'bytes'

/** A typed array over shared memory: plain accesses, so who writes it while others read holds a lock. */
export interface ArrayField {
  readonly type: ArrayType
  /** Elements, 1 and more. */
  readonly length: number
}

/** A lock with its level in the verifier's lock order. */
export interface LockField {
  readonly type: LockFieldType
  readonly level: LockLevel
}

export type FieldDeclaration = ScalarType | LockFieldType | ArrayField | LockField
export type FieldDeclarations = Readonly<Record<string, FieldDeclaration>>

export type FieldKind =
  | { readonly kind: 'scalar'; readonly type: ScalarType }
  | { readonly kind: 'lock'; readonly type: LockFieldType; readonly level: LockLevel | undefined }
  | { readonly kind: 'array'; readonly type: ArrayType; readonly length: number }

/** A field with its first word, counted from the context's first. */
export type PlacedField = FieldKind & { readonly name: string; readonly word: number }

export interface SharedContextDeclaration<F extends FieldDeclarations = FieldDeclarations> {
  /** What was declared. */
  readonly declared: F
  /** In order of declaration. */
  readonly fields: readonly PlacedField[]
  /** Of shared memory, whole cache lines. */
  readonly byteLength: number
  /** Hash of names, types and order; never 0. */
  readonly shape: number
}

const SCALAR_WORDS: Record<ScalarType, number> = {
  int32: 1,
  boolean: 1,
  float64: CELL_WORDS,
  bigint64: CELL_WORDS,
}
const ELEMENT_BYTES: Record<ArrayType, number> = {
  bytes: 1,
  int32: 4,
  float64: 8,
  bigint64: 8,
}
const LOCK_TYPES: readonly string[] = ['spinLock', 'waitLock'] satisfies LockFieldType[]
const WORD_BYTES = 4
const MAX_CONTEXT_BYTES = 2 ** 28
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const RESERVED = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype', 'toJSON'])

/**
 * Declares the fields of a device context that several workers share.
 *
 * @example
 * const Context = declareSharedContext({
 *   reads: 'int32', // context.reads = 0, context.$reads.add(1)
 *   bytes: 'float64',
 *   histogram: { type: 'int32', length: 64 }, // an Int32Array
 *   lock: 'spinLock', // context.lock.run(() => context.histogram[3]++)
 * })
 * @throws WdfStatusError STATUS_INVALID_PARAMETER for a field that cannot be; it says which and why.
 */
export function declareSharedContext<const F extends FieldDeclarations>(
  declared: F,
): SharedContextDeclaration<F> {
  if (typeof declared !== 'object' || declared === null || Array.isArray(declared)) {
    refuse('a shared context is declared as an object: { reads: "int32", … }', declared)
  }
  const kinds = Object.entries(declared).map(([name, field]) => ({
    name,
    ...checkField(name, field),
  }))
  if (kinds.length === 0) refuse('a shared context needs at least one field', declared)
  const { fields, words } = place(kinds)
  const byteLength = words * WORD_BYTES
  if (byteLength > MAX_CONTEXT_BYTES) {
    refuse(
      `a shared context of ${byteLength} bytes is too large: at most ${MAX_CONTEXT_BYTES}`,
      byteLength,
    )
  }
  return Object.freeze({ declared, fields, byteLength, shape: hashOf(kinds) })
}

type NamedKind = FieldKind & { readonly name: string }

/** Words that a field takes, rounded up to what its group is laid out in. */
function wordsOf(field: FieldKind): number {
  if (field.kind === 'lock') return LOCK_WORDS
  if (field.kind === 'scalar') return SCALAR_WORDS[field.type]
  return wholeLines((field.length * ELEMENT_BYTES[field.type]) / WORD_BYTES)
}

/** The groups of the layout, in their order. */
function groupOf(field: FieldKind): 'lock' | 'word' | 'cell' | 'array' {
  if (field.kind !== 'scalar') return field.kind
  return SCALAR_WORDS[field.type] === 1 ? 'word' : 'cell'
}

function place(kinds: readonly NamedKind[]): { fields: PlacedField[]; words: number } {
  const placed = new Map<string, PlacedField>()
  let next = CONTEXT_HEADER_WORDS
  for (const group of ['lock', 'word', 'cell', 'array'] as const) {
    if (group === 'array') next = wholeLines(next)
    for (const field of kinds) {
      if (groupOf(field) !== group) continue
      placed.set(field.name, Object.freeze({ ...field, word: next }))
      next += wordsOf(field)
    }
  }
  const fields = kinds.map(({ name }) => placed.get(name) as PlacedField)
  return { fields, words: wholeLines(next) }
}

function checkField(name: string, field: unknown): FieldKind {
  if (!NAME.test(name) || RESERVED.has(name)) {
    refuse(
      `"${name}" cannot be a field's name: letters, digits and _ after a letter or _, and no name that ` +
        'every object has',
      name,
    )
  }
  if (typeof field === 'string') return checkType(name, field)
  if (typeof field === 'object' && field !== null && 'type' in field) {
    return LOCK_TYPES.includes(field.type as string)
      ? checkLock(name, field as LockField)
      : checkArray(name, field as ArrayField)
  }
  return refuse(`${what(name)} is a type's name or { type, length }`, field)
}

function checkType(name: string, type: string): FieldKind {
  if (Object.hasOwn(SCALAR_WORDS, type)) return { kind: 'scalar', type: type as ScalarType }
  if (LOCK_TYPES.includes(type)) {
    return { kind: 'lock', type: type as LockFieldType, level: undefined }
  }
  const types = [...Object.keys(SCALAR_WORDS), ...LOCK_TYPES].join(', ')
  return refuse(
    `${what(name)} has no type "${type}": there are ${types}, and arrays as { type, length }`,
    type,
  )
}

function checkLock(name: string, { type, level }: LockField): FieldKind {
  if (!Object.hasOwn(LOCK_LEVEL, level)) {
    refuse(`${what(name)} has no level "${level}": ${Object.keys(LOCK_LEVEL).join(', ')}`, level)
  }
  return { kind: 'lock', type, level }
}

function checkArray(name: string, { type, length }: ArrayField): FieldKind {
  if (!Object.hasOwn(ELEMENT_BYTES, type)) {
    refuse(`${what(name)} is no array of ${Object.keys(ELEMENT_BYTES).join(', ')}`, type)
  }
  const most = MAX_CONTEXT_BYTES / ELEMENT_BYTES[type]
  if (!(Number.isInteger(length) && length >= 1 && length <= most)) {
    refuse(`${what(name)} is an array of 1 to ${most} elements, not ${String(length)}`, length)
  }
  return { kind: 'array', type, length }
}

function what(name: string): string {
  return `field "${name}" of the shared context`
}

function refuse(message: string, value: unknown): never {
  throw new WdfStatusError(STATUS_INVALID_PARAMETER, message, value)
}

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** FNV-1a over everything that decides where what lies. */
function hashOf(kinds: readonly NamedKind[]): number {
  const text = kinds
    .map(
      (field) =>
        `${field.name}:${field.type}:${field.kind === 'array' ? field.length : field.kind}`,
    )
    .join(';')
  let hash = FNV_OFFSET
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME)
  return hash | 0 || 1
}
