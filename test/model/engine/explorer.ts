/**
 * Explorer: searches every order in which the moves of a scenario's actors can happen, depth first, each state
 * once. Runs on: the checker's own thread.
 *
 * `paths` counts the ways through the graph of states: the interleavings of ordering accesses that the
 * search stands for. A state that comes back to itself is a livelock and an error.
 */
import { FINISHED, KIND_NAMES, writes } from './access-kind.js'
import { Automaton, type Node } from './automaton.js'
import { Cells } from './cells.js'
import { Futures, nodesOf } from './futures.js'
import { type Fault, type Rest, type Run, type Scenario, Violation } from './scenario.js'
import { StateStore } from './state-store.js'
import { World } from './world.js'

export interface Verdict {
  readonly states: number
  readonly transitions: number
  readonly interleavings: number
  /** States in which all has come to rest, each judged. */
  readonly ends: number
  /** How often the shipped code was run. */
  readonly replays: number
  readonly fault?: Fault
  readonly message?: string
  /** The moves that led there. */
  readonly trace?: readonly string[]
}

/** States after which a search gives up: a scenario is to be small enough, and what it searches finite. */
const MAX_STATES = 2_000_000
/** States a search goes on for, once it knows that it must start again. */
const STATES_AFTER_NEWS = 2000

const OPEN = -1

/** What an actor did, or how it ended, to get to the next state; then, perhaps, who died on the way. */
interface Move {
  readonly actor: number
  readonly verb: string
  readonly node: Node
  readonly next: Move | undefined
}

interface Frame {
  readonly state: number
  readonly next: readonly number[]
  readonly moves: readonly Move[]
  at: number
}

const BEGIN = {} as Move

/** Searches one start of a scenario. */
export function explore<Source>(
  scenario: Scenario<Source>,
  source: Source,
  start: number,
  maxStates = MAX_STATES,
): Verdict {
  const run = scenario.begin(source, start)
  const cells = new Cells()
  for (const { words, name } of run.regions) cells.addRegion(words, name)
  const automata = run.actors.map((actor, index) => new Automaton(actor, index, cells))
  const budgets = { deaths: scenario.deaths ?? 0, timeouts: scenario.timeouts ?? 0 }
  const world = new World(automata, cells, run, budgets)
  // First without looking for races, until all that the actors may do is known; then with.
  let futures: Futures | undefined
  for (;;) {
    cells.reclassify()
    const search = new Search(world, automata, cells, run, maxStates)
    const verdict = search.search(futures)
    if (verdict === undefined) continue
    if (verdict.fault !== undefined || futures?.nodes === nodesOf(automata)) return verdict
    futures = new Futures(automata, cells)
  }
}

class Search {
  readonly #world: World
  readonly #automata: readonly Automaton[]
  readonly #cells: Cells
  readonly #run: Run
  readonly #store: StateStore
  /** Ways from a state to an end; OPEN while the state is on the stack. */
  readonly #paths: number[] = []
  readonly #stack: Frame[] = []
  readonly #version: number
  readonly #maxStates: number
  #transitions = 0
  #ends = 0
  #newsAt = Infinity
  /** Being executed: where an error happens, if one does. */
  #current: Move | undefined
  #found: { next: number[]; moves: Move[] } = { next: [], moves: [] }

  constructor(
    world: World,
    automata: readonly Automaton[],
    cells: Cells,
    run: Run,
    maxStates: number,
  ) {
    this.#maxStates = maxStates
    this.#world = world
    this.#automata = automata
    this.#cells = cells
    this.#run = run
    this.#store = new StateStore(world.head.length)
    this.#version = cells.version
  }

  /** Undefined when it learnt that more cells are shared than it had thought. */
  search(futures: Futures | undefined): Verdict | undefined {
    try {
      this.#world.begin(futures)
      this.#settle(undefined)
      const first = this.#take()
      const frame: Frame = { state: OPEN, ...first, at: 0 }
      let interleavings = 0
      this.#stack.push(frame)
      while (this.#stack.length > 0) {
        if (this.#mustStartAgain()) return undefined
        interleavings = this.#advance() ?? interleavings
      }
      if (this.#cells.version !== this.#version) return undefined
      return { ...this.#figures(), interleavings }
    } catch (error) {
      const violation =
        error instanceof Violation ? error : new Violation('exception', describe(error))
      const { fault, message } = violation
      return { ...this.#figures(), interleavings: 0, fault, message, trace: this.#trace() }
    }
  }

  #figures(): Omit<Verdict, 'interleavings'> {
    const replays = this.#automata.reduce((sum, automaton) => sum + automaton.replays, 0)
    const states = this.#store.count
    return { states, transitions: this.#transitions, ends: this.#ends, replays }
  }

  /** One step of the search: into the next successor, or back; then the ways of the first frame. */
  #advance(): number | undefined {
    const frame = this.#stack[this.#stack.length - 1] as Frame
    const { next, state } = frame
    while (frame.at < next.length) {
      const successor = next[frame.at] as number
      const paths = this.#paths[successor]
      if (paths === undefined) {
        this.#visit(successor)
        return undefined
      }
      if (paths === OPEN) throw new Violation('livelock', 'the same state comes back')
      frame.at++
    }
    const paths = next.reduce((sum, successor) => sum + (this.#paths[successor] as number), 0)
    if (state !== OPEN) this.#paths[state] = paths
    this.#stack.pop()
    return paths
  }

  #visit(state: number): void {
    if (state >= this.#maxStates) throw new Violation('livelock', `more than ${state} states`)
    this.#paths[state] = OPEN
    for (let actor = 0; actor < this.#automata.length; actor++) this.#move(state, actor)
    const { next, moves } = this.#take()
    if (next.length > 0) {
      this.#stack.push({ state, next, moves, at: 0 })
      return
    }
    this.#load(state)
    this.#judge()
    this.#ends++
    this.#paths[state] = 1
  }

  /** Everything one actor can do in that state. */
  #move(state: number, actor: number): void {
    const world = this.#world
    this.#load(state)
    const [canStep, canDie, canTimeOut] = [
      world.canStep(actor),
      world.canDie(actor),
      world.canTimeOut(actor),
    ]
    if (canStep) {
      const move = this.#moveOf(actor, 'does')
      this.#current = move
      world.step(actor)
      this.#settle(move)
    }
    if (canDie) {
      this.#load(state)
      const move = this.#moveOf(actor, 'dies before')
      world.die(actor)
      this.#settle(move)
    }
    if (canTimeOut) {
      this.#load(state)
      const move = this.#moveOf(actor, 'times out of')
      world.timeOut(actor)
      this.#settle(move)
    }
  }

  /** Lets every actor go on to its next ordering access; each death on the way there is another state. */
  #settle(move: Move | undefined): void {
    const world = this.#world
    this.#current = move
    for (;;) {
      const actor = world.absorbable()
      if (actor < 0) break
      if (world.canDie(actor) && world.isLastChance(actor)) {
        const { head, words, order } = world
        const saved = [head.slice(), words.slice(), order.unknown.slice()] as const
        const death = this.#moveOf(actor, 'dies before')
        world.die(actor)
        this.#settle(move === undefined ? death : { ...move, next: death })
        head.set(saved[0])
        words.set(saved[1])
        order.unknown.set(saved[2])
      }
      world.step(actor)
    }
    this.#transitions++
    world.normalize()
    const { head, words, order } = world
    this.#found.next.push(this.#store.idOf(head, words, order.unknown))
    this.#found.moves.push(move ?? BEGIN)
  }

  #take(): { next: number[]; moves: Move[] } {
    const found = this.#found
    this.#found = { next: [], moves: [] }
    return found
  }

  #load(state: number): void {
    const { head, words, order } = this.#world
    this.#store.load(state, head, words, order.unknown)
  }

  #judge(): void {
    this.#current = undefined
    const world = this.#world
    const rests = this.#automata.map((automaton, actor): Rest => {
      const node = world.nodeOf(actor)
      const root = automaton.rootAt(node)
      if (world.isDead(actor)) return { status: 'dead', root }
      if (world.isAsleep(actor)) return { status: 'asleep', root }
      return { status: node.kind === FINISHED ? 'finished' : 'waiting', root }
    })
    this.#run.judge(rests, (words, index) => world.valueOf(this.#cells.idOf(words, index)))
  }

  #mustStartAgain(): boolean {
    if (this.#cells.version === this.#version) return false
    if (this.#newsAt === Infinity) this.#newsAt = this.#store.count
    return this.#store.count > this.#newsAt + STATES_AFTER_NEWS
  }

  #moveOf(actor: number, verb: string): Move {
    return { actor, verb, node: this.#world.nodeOf(actor), next: undefined }
  }

  /** The moves that led to where the search is now, in words. */
  #trace(): string[] {
    const moves = this.#stack.flatMap(({ moves: taken, at }) => taken[at] ?? [])
    const all = this.#current === undefined ? moves : [...moves, this.#current]
    return all.filter((move) => move !== BEGIN).map((move) => this.#textOf(move))
  }

  #textOf({ actor, verb, node, next }: Move): string {
    const { name } = (this.#automata[actor] as Automaton).actor
    const cell = node.cell < 0 ? '' : ` ${this.#cells.names[node.cell]}`
    const value = writes(node.kind) ? ` ${node.a}` : ''
    const text = `${name} ${verb} ${KIND_NAMES[node.kind]}${cell}${value}`
    return next === undefined ? text : `${text}, then ${this.#textOf(next)}`
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return (error.stack ?? error.message).split('\n').slice(0, 4).join(' | ')
}
