import { describe, expect, it } from 'vitest'
import { LOCK_WORDS } from '../../../src/abi/lock-layout.js'
import {
  CELL_WORDS,
  CONTEXT_HEADER_WORDS,
  CONTEXT_LINE_BYTES,
  CONTEXT_LINE_WORDS,
} from '../../../src/abi/shared-context-layout.js'
import {
  declareSharedContext,
  type FieldDeclarations,
} from '../../../src/framework/shared-context-declaration.js'
import { failureOf } from '../../harness/status.js'

const ALL = {
  reads: 'int32',
  name: { type: 'bytes', length: 33 },
  lock: 'spinLock',
  bytes: 'float64',
  enabled: 'boolean',
  histogram: { type: 'int32', length: 64 },
  big: 'bigint64',
  wait: { type: 'waitLock', level: 'device' },
  samples: { type: 'float64', length: 9 },
  ids: { type: 'bigint64', length: 1 },
} as const

describe('the layout', () => {
  it('is locks, words, cells, arrays, each in order of declaration, none over another', () => {
    const { fields, byteLength } = declareSharedContext(ALL)
    expect(fields.map(({ name }) => name)).toEqual(Object.keys(ALL))
    const sizes: Record<keyof typeof ALL, number> = {
      lock: LOCK_WORDS,
      wait: LOCK_WORDS,
      reads: 1,
      enabled: 1,
      bytes: CELL_WORDS,
      big: CELL_WORDS,
      name: 16,
      histogram: 64,
      samples: 32,
      ids: 16,
    }
    const byPlace = fields.toSorted((a, b) => a.word - b.word)
    expect(byPlace.map(({ name }) => name)).toEqual(Object.keys(sizes))
    let next = CONTEXT_HEADER_WORDS
    for (const { name, kind, word } of byPlace) {
      if (kind !== 'scalar') next = Math.ceil(next / CONTEXT_LINE_WORDS) * CONTEXT_LINE_WORDS
      expect(word, `${name}:`).toBe(next)
      next += sizes[name as keyof typeof ALL]
    }
    expect(byteLength).toBe(next * 4)
  })

  it('has whole lines, the first one for the header', () => {
    expect(declareSharedContext({ a: 'int32' }).byteLength).toBe(2 * CONTEXT_LINE_BYTES)
    expect(declareSharedContext({ a: 'spinLock' }).byteLength).toBe(2 * CONTEXT_LINE_BYTES)
    const twelve = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`f${i}`, 'int32']))
    expect(declareSharedContext(twelve as FieldDeclarations).byteLength).toBe(
      3 * CONTEXT_LINE_BYTES,
    )
  })

  it('knows a lock’s level', () => {
    const { fields } = declareSharedContext(ALL)
    expect(fields.find(({ name }) => name === 'wait')).toMatchObject({
      kind: 'lock',
      type: 'waitLock',
      level: 'device',
    })
  })
})

const shapeOf = (declared: FieldDeclarations): number => declareSharedContext(declared).shape

describe('the shape', () => {
  it('is the same for the same fields, and never 0', () => {
    expect(shapeOf(ALL)).toBe(shapeOf({ ...ALL }))
    expect(shapeOf({ a: 'spinLock' })).toBe(shapeOf({ a: { type: 'spinLock', level: 'queue' } }))
    expect(shapeOf(ALL)).not.toBe(0)
  })

  it('is another one for other names, types, lengths or another order', () => {
    const different: FieldDeclarations[] = [
      { a: 'int32', b: 'int32' },
      { b: 'int32', a: 'int32' },
      { a: 'int32' },
      { c: 'int32', b: 'int32' },
      { a: 'int32', b: 'boolean' },
      { a: 'float64', b: 'int32' },
      { a: 'bigint64', b: 'int32' },
      { a: 'spinLock', b: 'int32' },
      { a: 'waitLock', b: 'int32' },
      { a: { type: 'int32', length: 1 }, b: 'int32' },
      { a: { type: 'int32', length: 2 }, b: 'int32' },
      { a: { type: 'float64', length: 1 }, b: 'int32' },
    ]
    expect(new Set(different.map(shapeOf)).size).toBe(different.length)
  })
})

describe('refuses, with what to do:', () => {
  const names = ['1st', 'a-b', '', '$a', 'ä', 'constructor', '__proto__', 'toString']
  it.each([...names, 'toJSON', 'prototype', 'hasOwnProperty'])('the name "%s"', (name) => {
    const declared = Object.fromEntries([[name, 'int32']]) as FieldDeclarations
    expect(() => declareSharedContext(declared)).toThrow(failureOf('STATUS_INVALID_PARAMETER'))
    expect(() => declareSharedContext(declared)).toThrow(`"${name}" cannot be a field's name`)
  })

  it.each([
    ['an unknown type', { a: 'int16' }, /"a".*no type "int16": there are int32, boolean/],
    ['a name every object has as type', { a: 'toString' }, /no type "toString"/],
    ['no type', { a: 7 }, /"a".*is a type's name or \{ type, length \}/],
    ['null', { a: null }, /"a".*is a type's name/],
    ['an array of an unknown type', { a: { type: 'boolean', length: 3 } }, /no array of bytes/],
    ['an empty array', { a: { type: 'int32', length: 0 } }, /1 to 67108864 elements, not 0/],
    ['part of an element', { a: { type: 'int32', length: 1.5 } }, /not 1.5/],
    ['no length', { a: { type: 'bytes' } }, /not undefined/],
    ['a huge array', { a: { type: 'float64', length: 2 ** 40 } }, /1 to 33554432 elements/],
    ['an unknown level', { a: { type: 'spinLock', level: 'top' } }, /no level "top": ioTarget/],
    [
      'too much together',
      Object.fromEntries(['a', 'b'].map((name) => [name, { type: 'bytes', length: 2 ** 28 }])),
      /too large: at most 268435456/,
    ],
    ['no field', {}, /at least one field/],
    ['an array of fields', ['int32'], /declared as an object/],
    ['nothing', undefined, /declared as an object/],
  ])('%s', (_what, declared, message) => {
    const declare = (): unknown => declareSharedContext(declared as unknown as FieldDeclarations)
    expect(declare).toThrow(failureOf('STATUS_INVALID_PARAMETER'))
    expect(declare).toThrow(message)
  })
})
