/**
 * World: one state of a scenario that can be changed: where each actor stands, who sleeps, what the words
 * hold, who knows of which plain access. Executes accesses. Runs on: the checker's own thread.
 *
 * A move is one access that orders threads (Atomics on a shared cell, a wait, a wake-up, a death) and then
 * everything the actor does until the next such access. Between the two it does only what commutes with
 * all others: accesses to cells of its own, and plain accesses, which are ordered by what was
 * published or reported as a race. A death may cut the move short before each of them.
 */
import * as kinds from './access-kind.js'
import type { Automaton, Node } from './automaton.js'
import type { Cells } from './cells.js'
import type { Futures } from './futures.js'
import { HappensBefore } from './happens-before.js'
import { Violation, type Run } from './scenario.js'
import { changed } from './stepping-access.js'

const RUNNING = 0
const ASLEEP = 1
const DEAD = 2

const NONE = -1
const QUEUE_BITS = 4
const MAX_CELLS = 512

export interface Budgets {
  readonly deaths: number
  readonly timeouts: number
}

export class World {
  /** Node and status of each actor, the queue of sleepers, deaths and time-outs so far. */
  readonly head: Int32Array
  /** How far each word has moved from its first value. */
  readonly words = new Int32Array(MAX_CELLS)
  readonly order: HappensBefore
  readonly #automata: readonly Automaton[]
  readonly #cells: Cells
  readonly #budgets: Budgets
  /** Words that tell of the ends of mortal actors. */
  readonly #endedCells: readonly number[]
  #futures: Futures | undefined

  constructor(automata: readonly Automaton[], cells: Cells, run: Run, budgets: Budgets) {
    this.#automata = automata
    this.#cells = cells
    this.#budgets = budgets
    this.head = new Int32Array(automata.length + 3)
    this.order = new HappensBefore(cells, automata.length)
    this.#endedCells = automata.map(({ actor: { remains } }, index) => {
      if (run.ended === undefined || remains === undefined) return NONE
      const cell = cells.idOf(run.ended, index)
      cells.note(cell, index, kinds.STORE)
      return cell
    })
  }

  /** Puts every actor at its beginning. Races are looked for when the actors' futures are known. */
  begin(futures: Futures | undefined): void {
    this.#futures = futures
    this.head.fill(0)
    this.words.fill(0)
    this.order.reset(futures !== undefined)
    for (const [actor, automaton] of this.#automata.entries()) this.#place(actor, automaton.start)
  }

  nodeOf(actor: number): Node {
    const automaton = this.#automata[actor] as Automaton
    return automaton.nodes[(this.head[actor] as number) >> 2] as Node
  }

  isRunning(actor: number): boolean {
    return this.#statusOf(actor) === RUNNING
  }

  isAsleep(actor: number): boolean {
    return this.#statusOf(actor) === ASLEEP
  }

  isDead(actor: number): boolean {
    return this.#statusOf(actor) === DEAD
  }

  /** The word's present value. */
  valueOf(cell: number): number {
    return ((this.words[cell] as number) + (this.#cells.initial[cell] as number)) | 0
  }

  /** True when the actor can do its next access now. */
  canStep(actor: number): boolean {
    if (!this.isRunning(actor)) return false
    const { kind, cell, guard } = this.nodeOf(actor)
    if (kind === kinds.FINISHED) return false
    return kind !== kinds.AWAIT || guard === undefined || guard(this.valueOf(cell))
  }

  canDie(actor: number): boolean {
    const { remains } = (this.#automata[actor] as Automaton).actor
    if (remains === undefined || this.#deaths >= this.#budgets.deaths || this.isDead(actor))
      return false
    return this.isAsleep(actor) || this.nodeOf(actor).kind !== kinds.FINISHED
  }

  canTimeOut(actor: number): boolean {
    return this.isAsleep(actor) && this.#timeouts < this.#budgets.timeouts
  }

  /** Brings the state into its one form: what those know who will not touch the cell again does not matter. */
  normalize(): void {
    const futures = this.#futures
    if (futures === undefined) return
    const count = this.#cells.plain.length
    for (let plain = 0; plain < count; plain++) {
      let readers = 0
      let writers = 0
      for (let actor = 0; actor < this.#automata.length; actor++) {
        if (this.isDead(actor)) continue
        const node = (this.head[actor] as number) >> 2
        if (futures.mayRead(actor, node, plain)) readers |= 1 << actor
        if (futures.mayWrite(actor, node, plain)) writers |= 1 << actor
      }
      const mixed = this.#cells.mixedIndexOf(this.#cells.plain[plain] as number)
      this.order.forget(plain, mixed, readers, writers)
    }
  }

  /** An actor whose next access is nobody else's business, -1 if there is none. */
  absorbable(): number {
    for (let actor = 0; actor < this.#automata.length; actor++) {
      if (!this.isRunning(actor)) continue
      const { kind, cell } = this.nodeOf(actor)
      if (kind === kinds.THREW) throw this.nodeOf(actor).error
      if (kinds.isPlain(kind)) return actor
      if (kind >= kinds.WAIT) continue
      if (this.#cells.atomicIndexOf(cell) < 0 && this.#cells.plainIndexOf(cell) < 0) return actor
    }
    return -1
  }

  /** True when a death before the actor's next access would leave something else than one after it. */
  isLastChance(actor: number): boolean {
    return kinds.writes(this.nodeOf(actor).kind)
  }

  /** The actor does its next access. */
  step(actor: number): void {
    const node = this.nodeOf(actor)
    const result = this.#happen(actor, node)
    if (!this.isAsleep(actor)) this.#advance(actor, node, result)
  }

  /** The actor dies where it stands. Asleep, it stays in the queue and may swallow one wake-up. */
  die(actor: number): void {
    const node = this.nodeOf(actor)
    const wasAsleep = this.isAsleep(actor)
    this.#setStatus(actor, DEAD)
    if (!wasAsleep) this.#place(actor, (this.#automata[actor] as Automaton).graveOf(node))
    this.head[this.head.length - 2] = this.#deaths + 1
    const cell = this.#endedCells[actor] as number
    if (cell !== NONE) {
      // The end of a thread is seen by who hears of it, with everything that the thread did.
      this.words[cell] = 1
      const atomic = this.#cells.atomicIndexOf(cell)
      if (atomic >= 0) this.order.release(actor, atomic)
    }
  }

  timeOut(actor: number): void {
    this.head[this.head.length - 1] = this.#timeouts + 1
    this.#queue = removeFrom(this.#queue, actor)
    this.#setStatus(actor, RUNNING)
    this.#advance(actor, this.nodeOf(actor), kinds.TIMED_OUT)
  }

  #happen(actor: number, node: Node): number {
    const { kind, cell, a, b } = node
    if (kind === kinds.WAIT) return this.#wait(actor, node)
    if (kind === kinds.NOTIFY) {
      this.#notify(cell, a === 0)
      return 0
    }
    this.#checkOrder(actor, node)
    const before = this.valueOf(cell)
    if (kinds.writes(kind)) {
      const after = changed(kind, before, a, b)
      this.words[cell] = (after - (this.#cells.initial[cell] as number)) | 0
    }
    return kind === kinds.STORE || kind === kinds.WRITE ? 0 : before
  }

  #checkOrder(actor: number, node: Node): void {
    const { cell } = node
    const plain = this.#cells.plainIndexOf(cell)
    const isOrdered = kinds.isPlain(node.kind)
      ? this.#checkPlain(actor, node, plain)
      : this.#checkAtomic(actor, node, plain)
    if (isOrdered) return
    const { name } = (this.#automata[actor] as Automaton).actor
    const what = `${kinds.KIND_NAMES[node.kind]} of ${this.#cells.names[cell]}`
    throw new Violation('race', `${name}: ${what} is not ordered after what another thread did`)
  }

  #checkPlain(actor: number, { kind, cell }: Node, plain: number): boolean {
    if (plain < 0) return true
    const mixed = this.#cells.mixedIndexOf(cell)
    return kinds.writes(kind)
      ? this.order.write(actor, plain, mixed)
      : this.order.read(actor, plain, mixed)
  }

  #checkAtomic(actor: number, { kind, cell }: Node, plain: number): boolean {
    const atomic = this.#cells.atomicIndexOf(cell)
    if (atomic < 0) return true
    if (kind !== kinds.STORE) this.order.acquire(actor, atomic)
    const mixed = this.#cells.mixedIndexOf(cell)
    const isWrite = kinds.writes(kind)
    const isOrdered = mixed < 0 || this.order.atomic(actor, plain, mixed, isWrite)
    if (isWrite) this.order.release(actor, atomic)
    return isOrdered
  }

  #wait(actor: number, node: Node): number {
    if (this.valueOf(node.cell) !== node.a) return kinds.WOKEN
    this.#setStatus(actor, ASLEEP)
    this.#queue = (this.#queue << QUEUE_BITS) | (actor + 1)
    return 0
  }

  /** Wakes who waits for the cell, oldest first; one who died in his sleep takes a wake-up with him. */
  #notify(cell: number, wakesAll: boolean): void {
    for (const sleeper of sleepersOf(this.#queue)) {
      const node = this.nodeOf(sleeper)
      if (node.cell !== cell || node.kind !== kinds.WAIT) continue
      this.#queue = removeFrom(this.#queue, sleeper)
      if (this.isAsleep(sleeper)) {
        this.#setStatus(sleeper, RUNNING)
        this.#advance(sleeper, node, kinds.WOKEN)
      }
      if (!wakesAll) return
    }
  }

  #advance(actor: number, node: Node, result: number): void {
    this.#place(actor, (this.#automata[actor] as Automaton).next(node, result))
  }

  #place(actor: number, node: Node): void {
    this.head[actor] = (node.id << 2) | this.#statusOf(actor)
  }

  #statusOf(actor: number): number {
    return (this.head[actor] as number) & 3
  }

  #setStatus(actor: number, status: number): void {
    this.head[actor] = ((this.head[actor] as number) & ~3) | status
  }

  get #queue(): number {
    return this.head[this.head.length - 3] as number
  }

  set #queue(queue: number) {
    this.head[this.head.length - 3] = queue
  }

  get #deaths(): number {
    return this.head[this.head.length - 2] as number
  }

  get #timeouts(): number {
    return this.head[this.head.length - 1] as number
  }
}

/** Oldest first. */
function sleepersOf(queue: number): number[] {
  const sleepers: number[] = []
  for (let rest = queue; rest !== 0; rest >>>= QUEUE_BITS) {
    sleepers.unshift((rest & ((1 << QUEUE_BITS) - 1)) - 1)
  }
  return sleepers
}

function removeFrom(queue: number, actor: number): number {
  return sleepersOf(queue)
    .filter((sleeper) => sleeper !== actor)
    .reduce((rest, sleeper) => (rest << QUEUE_BITS) | (sleeper + 1), 0)
}
