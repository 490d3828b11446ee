import { expect, it } from 'vitest'
import { LOCAL_PARTY } from '../../../src/framework/lock-party.js'
import { classOf } from '../../../src/framework/shared-context-class.js'
import { declareSharedContext } from '../../../src/framework/shared-context-declaration.js'

const fields = { reads: 'int32', table: { type: 'bytes', length: 2 }, lock: 'spinLock' } as const

it('is one class a declaration', () => {
  const [one, two] = [declareSharedContext(fields), declareSharedContext(fields)]
  expect(classOf(one)).toBe(classOf(one))
  expect(classOf(one)).not.toBe(classOf(two))
})

it('has the accessors on its prototype; its objects have no properties of their own', () => {
  const declaration = declareSharedContext(fields)
  const Context = classOf(declaration)
  const own = Object.getOwnPropertyNames(Context.prototype)
  expect(new Set(own)).toEqual(new Set(['constructor', 'reads', '$reads', 'table', 'lock']))
  const words = new Int32Array(new SharedArrayBuffer(declaration.byteLength))
  const context = new Context(words, declaration.fields, LOCAL_PARTY)
  expect(Reflect.ownKeys(context)).toEqual([])
  expect(Object.isExtensible(context)).toBe(false)
})
