/**
 * Acceptance case E9: object trees, cleanup before destroy. Random trees with random references and deletions; the
 * order of all callbacks is held against the rules of kmdf.md 7.2.
 */
import { expect, it } from 'vitest'
import { Driver } from '../../src/framework/driver.js'
import type { GeneralObject } from '../../src/framework/general-object.js'
import { Random } from '../../native-sim/random.js'
import { codeOf } from '../harness/status.js'

const TREES = 400
const STEPS = 60

interface Node {
  readonly name: number
  readonly object: GeneralObject['object']
  readonly above: Node | null
  references: number
}

class Forest {
  readonly nodes: Node[] = []
  readonly log: [callback: 'cleanup' | 'destroy', name: number][] = []
  readonly #driver = new Driver('test:', { EvtDriverDeviceAdd: () => {} })

  grow(above: Node | null): void {
    const name = this.nodes.length
    const { object } = this.#driver.createObject({
      ...(above === null ? {} : { parent: above }),
      EvtCleanup: () => void this.log.push(['cleanup', name]),
      EvtDestroy: () => void this.log.push(['destroy', name]),
    })
    this.nodes.push({ name, object, above, references: 0 })
  }

  at(callback: 'cleanup' | 'destroy', { name }: Node): number {
    return this.log.findIndex((entry) => entry[0] === callback && entry[1] === name)
  }

  unload(): void {
    void this.#driver.object.deleteByFramework()
  }
}

function play(random: Random): Forest {
  const forest = new Forest()
  forest.grow(null)
  for (let step = 0; step < STEPS; step++) {
    const node = forest.nodes[random.nextBelow(forest.nodes.length)] as Node
    const { object } = node
    switch (random.nextBelow(6)) {
      case 0:
      case 1:
        if (object.state === 'created') forest.grow(node)
        break
      case 2:
        if (object.state !== 'destroyed') {
          object.reference()
          node.references++
        }
        break
      case 3:
        if (node.references > 0) {
          node.references--
          object.dereference()
        }
        break
      case 4:
        if (object.state === 'created') object.delete()
        break
      default:
        forest.grow(null)
    }
  }
  forest.unload()
  return forest
}

it(`E9 in ${TREES} random trees every cleanup comes before those above it, every destroy with the last reference`, () => {
  let objects = 0
  for (let seed = 1; seed <= TREES; seed++) {
    const forest = play(new Random(seed))
    const { nodes } = forest
    objects += nodes.length
    for (const node of nodes) {
      const cleaned = forest.at('cleanup', node)
      expect(
        cleaned,
        `seed ${seed}: object ${node.name} has been cleaned up`,
      ).toBeGreaterThanOrEqual(0)
      const above = node.above === null ? Infinity : forest.at('cleanup', node.above)
      expect(cleaned, `seed ${seed}: object ${node.name} before its parent`).toBeLessThan(above)
      expect(node.object.state).toBe(node.references === 0 ? 'destroyed' : 'disposed')
      expect(node.object.referenceCount).toBe(node.references)
    }
    for (const node of nodes) {
      for (; node.references > 0; node.references--) {
        expect(node.object.state).toBe('disposed')
        node.object.dereference()
      }
      expect(forest.at('destroy', node)).toBeGreaterThan(forest.at('cleanup', node))
      expect(codeOf(() => node.object.reference())).toBe('WDF_INVALID_HANDLE')
    }
    expect(forest.log).toHaveLength(2 * nodes.length)
  }
  console.log(`E9: ${TREES} trees, ${objects} objects`)
})
