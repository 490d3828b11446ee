import { describe, expect, it } from 'vitest'
import { addStack, emptyTree, prunedTree } from '../../../bench/profile/call-tree.js'
import type { FunctionPlace } from '../../../bench/profile/layer.js'
import { layOut } from '../../../bench/profile/flame-layout.js'

function frame(name: string, place = 'file.js:1'): FunctionPlace {
  return { name, place, layer: 'bench' }
}
const [A, B, C] = [frame('a'), frame('b'), frame('c')]

function tree() {
  const root = emptyTree('thread')
  addStack(root, [A], 1)
  addStack(root, [A, B], 6)
  addStack(root, [A, C], 2)
  addStack(root, [C], 1)
  return root
}

describe('addStack', () => {
  it('counts a tick in every caller and ends it in the innermost one', () => {
    const [a, c] = tree().children
    expect(a).toMatchObject({ self: 1, total: 9 })
    expect(a?.children.map(({ frame: { name }, self, total }) => [name, self, total])).toEqual([
      ['b', 6, 6],
      ['c', 2, 2],
    ])
    expect(c).toMatchObject({ self: 1, total: 1, children: [] })
  })

  it('keeps functions of one name and two places apart, and recursion visible', () => {
    const root = emptyTree('thread')
    addStack(root, [A, A])
    addStack(root, [frame('a', 'other.js:1')])
    expect(root.children).toHaveLength(2)
    expect(root.children[0]?.children[0]?.frame.name).toBe('a')
  })
})

describe('prunedTree', () => {
  it('drops what is too small and puts the largest first, without changing what it was given', () => {
    const root = tree()
    const pruned = prunedTree(root, 0.15)
    expect(pruned.children.map(({ frame: { name } }) => name)).toEqual(['a'])
    expect(pruned.total).toBe(10)
    expect(root.children).toHaveLength(2)
    const sorted = emptyTree('thread')
    addStack(sorted, [A])
    addStack(sorted, [B], 5)
    expect(prunedTree(sorted, 0).children.map(({ frame: { name } }) => name)).toEqual(['b', 'a'])
  })
})

describe('layOut', () => {
  it('gives each frame its share, below its caller and beside its siblings', () => {
    const rows = layOut(tree()).map(({ node, x, width, depth, position, siblings }) => [
      node.frame.name,
      Number(x.toFixed(6)),
      Number(width.toFixed(6)),
      depth,
      `${position}/${siblings}`,
    ])
    expect(rows).toEqual([
      ['thread', 0, 1, 0, '1/1'],
      ['a', 0, 0.9, 1, '1/2'],
      ['b', 0, 0.6, 2, '1/2'],
      ['c', 0.6, 0.2, 2, '2/2'],
      ['c', 0.9, 0.1, 1, '2/2'],
    ])
  })

  it('draws nothing of a thread that was never busy', () => {
    expect(layOut(emptyTree('thread'))).toEqual([])
  })
})
