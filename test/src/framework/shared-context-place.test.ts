import { expect, it } from 'vitest'
import { LOCAL_PARTY } from '../../../src/framework/lock-party.js'
import { SharedBigint64, SharedFloat64 } from '../../../src/framework/shared-cell64.js'
import { declareSharedContext } from '../../../src/framework/shared-context-declaration.js'
import { placeOf } from '../../../src/framework/shared-context-place.js'
import { SharedBoolean, SharedInt32 } from '../../../src/framework/shared-scalar.js'
import { SpinLock } from '../../../src/framework/spin-lock.js'
import { WaitLock } from '../../../src/framework/wait-lock.js'

/** The context does not start where its memory does. */
const OFFSET = 128

it('makes what each type is made of, at its own place', () => {
  const { fields, byteLength } = declareSharedContext({
    a: 'int32',
    b: 'boolean',
    c: 'float64',
    d: 'bigint64',
    e: 'spinLock',
    f: { type: 'waitLock', level: 'queue' },
    g: { type: 'int32', length: 3 },
    h: { type: 'float64', length: 3 },
    i: { type: 'bigint64', length: 3 },
    j: { type: 'bytes', length: 3 },
  })
  const memory = new SharedArrayBuffer(OFFSET + byteLength)
  const words = new Int32Array(memory, OFFSET, byteLength / 4)
  const places = fields.map((field) => placeOf(field, words, LOCAL_PARTY))
  const [a, b, c, d, e, f, ...views] = places
  expect([a, b]).toEqual([
    expect.objectContaining({ words, index: fields[0]?.word }),
    expect.objectContaining({ words, index: fields[1]?.word }),
  ])
  expect([a, b, c, d, e, f].map((place) => place?.constructor)).toEqual([
    SharedInt32,
    SharedBoolean,
    SharedFloat64,
    SharedBigint64,
    SpinLock,
    WaitLock,
  ])
  expect([e, f]).toEqual([
    expect.objectContaining({ name: 'e', level: undefined }),
    expect.objectContaining({ name: 'f', level: 'queue' }),
  ])
  expect(views.map((view) => view.constructor)).toEqual([
    Int32Array,
    Float64Array,
    BigInt64Array,
    Uint8Array,
  ])
  for (const [i, view] of views.entries()) {
    const { buffer, byteOffset, length } = view as Uint8Array
    expect(buffer).toBe(memory)
    expect([byteOffset, length]).toEqual([OFFSET + 4 * (fields[6 + i]?.word ?? Number.NaN), 3])
  }
})
