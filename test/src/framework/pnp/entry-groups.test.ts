import { expect, it } from 'vitest'
import { EntryGroups } from '../../../../src/framework/pnp/entry-groups.js'
import type { PnpContext } from '../../../../src/framework/pnp/pnp-context.js'

type State = 'a' | 'b' | 'c' | 'none'

function contextOf(name: string): PnpContext {
  return { name } as unknown as PnpContext
}

function nameOf(c: PnpContext): string {
  return (c as unknown as { name: string }).name
}

function counted() {
  const made: string[] = []
  const groups = new EntryGroups<State>([
    (c) => {
      made.push(`${nameOf(c)} 0`)
      return { a: () => 'b', b: () => 'a' }
    },
    (c) => {
      made.push(`${nameOf(c)} 1`)
      return { b: () => 'c', c: () => 'b' }
    },
  ])
  return { groups, made }
}

it('makes a group for a device once, when a state of it is first entered', () => {
  const { groups, made } = counted()
  groups.of(contextOf('first'))
  made.length = 0 // the first device finds out which states there are
  const entryOf = groups.of(contextOf('second'))
  expect(made).toEqual([])
  expect(entryOf('a')?.()).toBe('b')
  expect(entryOf('a')).toBe(entryOf('a'))
  expect(made).toEqual(['second 0'])
  expect(entryOf('none')).toBeUndefined()
  expect(entryOf('c')?.()).toBe('b')
  expect(made).toEqual(['second 0', 'second 1'])
})

it('gives each device functions of its own, and the later one where two groups have a state', () => {
  const { groups } = counted()
  const [one, other] = [groups.of(contextOf('one')), groups.of(contextOf('other'))]
  expect(one('b')?.()).toBe('c')
  expect(one('a')).not.toBe(other('a'))
  expect(Object.keys(groups.all(contextOf('all'))).toSorted()).toEqual(['a', 'b', 'c'])
})
