import { describe, expect, it } from 'vitest'
import { closest, editDistance, suggest } from '../../src/cli/edit-distance.js'

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['bench', 'bench', 0],
    ['bnech', 'bench', 1],
    ['benh', 'bench', 1],
    ['benchh', 'bench', 1],
    ['tench', 'bench', 1],
    ['kitten', 'sitting', 3],
  ])('from %j to %j is %i, both ways', (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance)
    expect(editDistance(to, from)).toBe(distance)
  })
})

describe('closest', () => {
  const commands = ['bench', 'serve', 'tree']

  it('finds what was meant and stays silent otherwise', () => {
    expect(closest('benhc', commands)).toBe('bench')
    expect(closest('TREE', commands)).toBe('tree')
    expect(closest('xyz', commands)).toBeUndefined()
    expect(closest('trace', [])).toBeUndefined()
  })

  it('ends a message', () => {
    expect(suggest('sevre', commands)).toBe("; did you mean 'serve'?")
    expect(suggest('xyz', commands)).toBe('')
  })
})
