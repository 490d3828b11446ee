/**
 * Futures: which plainly accessed cells an actor may still read or write, from each node of its automaton on.
 * Runs on: the checker's own thread. Valid once the automata are complete.
 */
import { writes } from './access-kind.js'
import type { Automaton, Node } from './automaton.js'
import type { Cells } from './cells.js'

const WORD_BITS = 32

/** Sets of plain cells by node, `width` words each. */
interface Sets {
  readonly reads: Int32Array
  readonly writes: Int32Array
}

/** How many nodes are known. */
export function nodesOf(automata: readonly Automaton[]): number {
  return automata.reduce((sum, { nodes }) => sum + nodes.length, 0)
}

export class Futures {
  /** Nodes of all automata that this was made from. */
  readonly nodes: number
  readonly #width: number
  readonly #sets: readonly Sets[]

  constructor(automata: readonly Automaton[], cells: Cells) {
    this.#width = Math.ceil(cells.plain.length / WORD_BITS)
    this.nodes = nodesOf(automata)
    this.#sets = automata.map((automaton) => this.#setsOf(automaton, cells))
  }

  /** May the actor, from that node on, read the plain cell of that index? */
  mayRead(actor: number, node: number, plainIndex: number): boolean {
    return this.#has((this.#sets[actor] as Sets).reads, node, plainIndex)
  }

  mayWrite(actor: number, node: number, plainIndex: number): boolean {
    return this.#has((this.#sets[actor] as Sets).writes, node, plainIndex)
  }

  #has(set: Int32Array, node: number, plainIndex: number): boolean {
    const word = set[node * this.#width + (plainIndex >>> 5)] as number
    return ((word >>> (plainIndex & (WORD_BITS - 1))) & 1) !== 0
  }

  /** What each node does, and then what its successors may do, until nothing is added any more. */
  #setsOf(automaton: Automaton, cells: Cells): Sets {
    const width = this.#width
    const { nodes } = automaton
    const sets = {
      reads: new Int32Array(nodes.length * width),
      writes: new Int32Array(nodes.length * width),
    }
    for (const { id, kind, cell } of nodes) {
      const plain = cell < 0 ? -1 : cells.plainIndexOf(cell)
      if (plain < 0) continue
      const set = writes(kind) ? sets.writes : sets.reads
      set[id * width + (plain >>> 5)] = 1 << (plain & (WORD_BITS - 1))
    }
    const newestFirst = nodes.toReversed()
    let isChanged = true
    while (isChanged) {
      isChanged = false
      for (const node of newestFirst) {
        for (const child of node.children.values()) {
          if (this.#add(sets.reads, node, child)) isChanged = true
          if (this.#add(sets.writes, node, child)) isChanged = true
        }
      }
    }
    return sets
  }

  #add(set: Int32Array, to: Node, from: Node): boolean {
    const width = this.#width
    let isChanged = false
    for (let word = 0; word < width; word++) {
      const before = set[to.id * width + word] as number
      const after = before | (set[from.id * width + word] as number)
      if (after === before) continue
      set[to.id * width + word] = after
      isChanged = true
    }
    return isChanged
  }
}
