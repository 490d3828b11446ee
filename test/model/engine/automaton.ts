/**
 * Automaton: an actor as the tree of what it does next for every result it may get, grown as the search asks.
 * Runs on: the checker's own thread.
 *
 * The shipped code is run only to grow the tree: from its beginning, with the recorded results, up to the
 * first access that has none (replay stepper). Between two steps of its program, an actor that stands
 * where it has stood before with the same private state goes on in the node of that time.
 */
import { FINISHED, THREW } from './access-kind.js'
import type { Actor } from './actor.js'
import type { Cells } from './cells.js'
import { localDigest } from './local-digest.js'
import { Violation } from './scenario.js'
import { Execution, SUSPENDED, execute, type Guard, record } from './stepping-access.js'

/** An actor about to do one access (or at its end). */
export interface Node {
  readonly id: number
  readonly kind: number
  readonly cell: number
  readonly a: number
  readonly b: number
  readonly guard: Guard | undefined
  /** Where the actor was before, and the result it got there. */
  readonly parent: Node | null
  readonly result: number
  readonly error: unknown
  readonly children: Map<number, Node>
}

/** Steps without an access after which a program goes round for ever. */
const MAX_IDLE_STEPS = 100

/** Accesses on the way from an actor's beginning to its end or its sleep: far more than any needs. */
const MAX_ACCESSES = 1000

export class Automaton {
  readonly actor: Actor
  readonly nodes: Node[] = []
  /** How often the shipped code ran. */
  replays = 0
  readonly #cells: Cells
  readonly #index: number
  readonly #merges: boolean
  readonly #prologue: readonly number[]
  readonly #boundaries = new Map<string, Node>()
  readonly #roots = new Map<Node, object>()
  readonly #graves = new Map<string, Node>()
  readonly #graveOf = new Map<Node, Node>()
  #start: Node | undefined

  /** Runs the actor's attach on the memory as it is now. With `merges` false nodes are never shared. */
  constructor(actor: Actor, index: number, cells: Cells, merges = true) {
    this.actor = actor
    this.#cells = cells
    this.#index = index
    this.#merges = merges
    this.#prologue = record(() => void actor.attach())
  }

  /** Where the actor begins. Not before all actors have been attached. */
  get start(): Node {
    this.#start ??= this.#run([], null, 0)
    return this.#start
  }

  /** Where the actor goes when its access at `node` gives `result`. */
  next(node: Node, result: number): Node {
    const known = node.children.get(result)
    if (known !== undefined) return known
    const log = [...this.#logOf(node), result]
    if (log.length > MAX_ACCESSES) throw new Violation('livelock', 'a program without an end')
    const next = this.#run(log, node, result)
    node.children.set(result, next)
    return next
  }

  /** The actor's private objects as they are at that node. */
  rootAt(node: Node): object {
    let root = this.#roots.get(node)
    if (root === undefined) {
      root = this.#replay(this.#logOf(node)).root
      this.#roots.set(node, root)
    }
    return root
  }

  /** The node that stands for all in which the actor may die and leave the same behind. */
  graveOf(node: Node): Node {
    const known = this.#graveOf.get(node)
    if (known !== undefined) return known
    const remains = this.actor.remains as ((root: object) => unknown) | undefined
    const key = JSON.stringify(remains?.(this.rootAt(node)))
    const grave = this.#graves.get(key) ?? node
    this.#graves.set(key, grave)
    this.#graveOf.set(node, grave)
    return grave
  }

  #logOf(node: Node): number[] {
    const log: number[] = []
    for (let at = node; at.parent !== null; at = at.parent) log.push(at.result)
    return log.reverse()
  }

  #run(log: readonly number[], parent: Node | null, result: number): Node {
    const passed: string[] = []
    const { execution, error, found } = this.#replay(log, passed)
    if (found !== undefined) return found
    const { kind, words } = execution
    const node: Node = {
      id: this.nodes.length,
      kind: error === undefined ? kind : THREW,
      cell: words === undefined ? -1 : this.#cells.idOf(words, execution.index),
      a: execution.a,
      b: execution.b,
      guard: execution.guard,
      parent,
      result,
      error,
      children: new Map(),
    }
    if (node.cell >= 0) this.#cells.note(node.cell, this.#index, kind)
    this.nodes.push(node)
    for (const boundary of passed) this.#boundaries.set(boundary, node)
    return node
  }

  /** Runs the program over the log; stops early at a boundary that is known, if `passed` is given. */
  #replay(
    log: readonly number[],
    passed?: string[],
  ): { root: object; execution: Execution; error?: unknown; found?: Node } {
    this.replays++
    const { actor } = this
    const execution = new Execution([...this.#prologue, ...log])
    let root: object = {}
    let found: Node | undefined
    let idle = 0
    try {
      execute(execution, () => {
        root = actor.attach()
        for (let step = 0; step < actor.steps.length && found === undefined;) {
          const run = actor.steps[step] as (root: object) => number | undefined
          const before = execution.at
          step = run(root) ?? step + 1
          idle = execution.at === before ? idle + 1 : 0
          if (idle > MAX_IDLE_STEPS) throw new Violation('livelock', 'a program without an access')
          if (this.#merges && passed !== undefined && execution.isReplayed) {
            const boundary = `${step}|${localDigest(root)}`
            found = this.#boundaries.get(boundary)
            passed.push(boundary)
          }
        }
      })
    } catch (error) {
      if (error !== SUSPENDED) return { root, execution, error: error ?? new Error('no reason') }
      return { root, execution }
    }
    execution.kind = FINISHED
    return { root, execution, ...(found === undefined ? {} : { found }) }
  }
}
