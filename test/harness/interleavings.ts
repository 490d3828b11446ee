/**
 * Interleavings: runs synchronous code over the access port through every order in which its actors' accesses
 * can come, on a model of the shared words. The code is the shipped one: `vi.mock` the access port with
 * `steppedAccess`, and run actors with `explore`. Runs on: the test's own thread.
 *
 * An actor is run from its start with the results that its accesses have had so far; the first access beyond
 * them suspends it. So an actor must do the same each time: no clock, no random, all its objects made inside.
 * States that are equal are visited once.
 */
import type * as Access from '../../src/sharedarraybuffer-queue/access.js'

interface Operation {
  readonly kind: 'load' | 'store' | 'add' | 'compareExchange' | 'read' | 'write' | 'wait' | 'notify'
  readonly index: number
  /** Value to store or to expect. */
  readonly a: number
  /** New value of a compare-exchange. */
  readonly b: number
}

type ActorStatus = 'ready' | 'asleep' | 'done' | 'dead'

export interface ActorState {
  /** Results of its accesses. */
  readonly log: readonly number[]
  readonly status: ActorStatus
  /** The access that it is about to make, sleeps in, or died before. */
  readonly next: Operation | undefined
  readonly notes: readonly number[]
}

export interface State {
  readonly words: readonly number[]
  readonly actors: readonly ActorState[]
}

export interface Scenario {
  readonly words: number
  /** Called with the model's words; the same array for all. */
  readonly actors: readonly ((words: Int32Array) => void)[]
  /** Actors that may die, at any point; one of them does at most. */
  readonly mortal?: readonly number[]
  /** What main does some time after actor `actor` has died. */
  readonly afterDeath?: (words: number[], actor: number) => void
  /** May a sleeper's time-out be what goes on, when nothing else can? Default: never. */
  readonly mayTimeOut?: (state: State) => boolean
  /** Called in each state in which nothing can go on. */
  readonly check: (state: State) => string | undefined
  /** Changes what an access returns: for mutants of the code. */
  readonly alter?: (actor: number, state: ActorState, result: number) => number
}

export interface Exploration {
  readonly states: number
  readonly ends: number
  /** What was found to be wrong, each kind once. */
  readonly faults: string[]
}

/** Thrown through the code that is stepped. */
class Suspended {
  readonly operation: Operation
  constructor(operation: Operation) {
    this.operation = operation
  }
}

let replay: { readonly log: readonly number[]; at: number; readonly notes: number[] } | undefined

/** Enters a number into the notes of the actor that is running. */
export function note(value: number): void {
  replay?.notes.push(value)
}

function step(kind: Operation['kind'], index: number, a = 0, b = 0): number {
  if (replay === undefined) throw new Error('no actor is running')
  if (replay.at === replay.log.length) throw new Suspended({ kind, index, a, b })
  return replay.log[replay.at++] as number
}

/** The port, stepped while an actor runs. */
export function steppedAccess(access: typeof Access): typeof Access {
  return {
    ...access,
    load: (words, index) => (replay ? step('load', index) : access.load(words, index)),
    store: (words, index, value) =>
      replay ? void step('store', index, value) : access.store(words, index, value),
    add: (words, index, value) =>
      replay ? step('add', index, value) : access.add(words, index, value),
    compareExchange: (words, index, expected, value) =>
      replay
        ? step('compareExchange', index, expected, value)
        : access.compareExchange(words, index, expected, value),
    wait: (words, index, expected, timeoutMs) =>
      replay ? step('wait', index, expected) !== 0 : access.wait(words, index, expected, timeoutMs),
    notify: (words, index) => (replay ? void step('notify', index) : access.notify(words, index)),
    read: (words, index) => (replay ? step('read', index) : access.read(words, index)),
    write: (words, index, value) =>
      replay ? void step('write', index, value) : access.write(words, index, value),
  }
}

function resume(actor: (words: Int32Array) => void, model: Int32Array, log: number[]): ActorState {
  const notes: number[] = []
  replay = { log, at: 0, notes }
  try {
    actor(model)
    return { log, status: 'done', next: undefined, notes }
  } catch (thrown) {
    if (!(thrown instanceof Suspended)) throw thrown
    return { log, status: 'ready', next: thrown.operation, notes }
  } finally {
    replay = undefined
  }
}

/** Executes an access other than wait and notify on the words; returns its result. */
function execute({ kind, index, a, b }: Operation, words: number[]): number {
  const before = words[index] as number
  if (kind === 'store' || kind === 'write') words[index] = a
  if (kind === 'add') words[index] = (before + a) | 0
  if (kind === 'compareExchange' && before === a) words[index] = b
  return before
}

function isPlain({ kind }: Operation): boolean {
  return kind === 'read' || kind === 'write'
}

function changes({ kind }: Operation): boolean {
  return kind !== 'read' && kind !== 'load' && kind !== 'wait' && kind !== 'notify'
}

/** Two accesses of which one is plain and one changes the word, with nothing between them. */
function raceIn({ actors }: State): string | undefined {
  const next = actors.flatMap((actor) => (actor.status === 'ready' ? [actor.next] : []))
  for (const [i, x] of next.entries()) {
    for (const y of next.slice(i + 1)) {
      if (x === undefined || y === undefined || x.index !== y.index) continue
      if ((isPlain(x) || isPlain(y)) && (changes(x) || changes(y))) return `race at word ${x.index}`
    }
  }
  return undefined
}

/** Visits every state that the scenario can reach. */
export function explore(scenario: Scenario): Exploration {
  const model = new Int32Array(new SharedArrayBuffer(4 * scenario.words))
  const faults = new Set<string>()
  const visited = new Set<string>()
  let ends = 0
  const first: State = {
    words: Array.from(model),
    actors: scenario.actors.map((actor) => resume(actor, model, [])),
  }
  const open: State[] = [first]
  const goOn = (state: State, actor: number, result: number): ActorState =>
    resume(scenario.actors[actor] as () => void, model, [
      ...(state.actors[actor] as ActorState).log,
      result,
    ])
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const key = keyOf(state)
    if (visited.has(key)) continue
    visited.add(key)
    const race = raceIn(state)
    if (race !== undefined) faults.add(race)
    const next = successors(scenario, state, goOn)
    open.push(...next)
    if (next.length > 0) continue
    ends++
    const asleep = state.actors.some(({ status }) => status === 'asleep')
    const fault = asleep ? 'a sleeper is left' : scenario.check(state)
    if (fault !== undefined) faults.add(fault)
  }
  return { states: visited.size, ends, faults: [...faults] }
}

function keyOf({ words, actors }: State): string {
  return `${words.join()}|${actors.map(({ status, log }) => `${status}${log.join()}`).join('|')}`
}

type GoOn = (state: State, actor: number, result: number) => ActorState

function successors(scenario: Scenario, state: State, goOn: GoOn): State[] {
  const { actors } = state
  const next = actors.flatMap(({ status }, i) =>
    status === 'ready' ? [stepOf(scenario, state, i, goOn)] : [],
  )
  if (next.length === 0 && (scenario.mayTimeOut?.(state) ?? false)) {
    for (const [i, { status }] of actors.entries()) {
      if (status === 'asleep') next.push(withActor(state, i, goOn(state, i, 0)))
    }
  }
  if (actors.every(({ status }) => status !== 'dead')) {
    for (const i of scenario.mortal ?? []) next.push(...deathsOf(scenario, state, i))
  }
  return next
}

function withActor(state: State, i: number, actor: ActorState, words = state.words): State {
  return { words, actors: state.actors.with(i, actor) }
}

function stepOf(scenario: Scenario, state: State, i: number, goOn: GoOn): State {
  const actor = state.actors[i] as ActorState
  const operation = actor.next as Operation
  if (operation.kind === 'wait') {
    return state.words[operation.index] === operation.a
      ? withActor(state, i, { ...actor, status: 'asleep' })
      : withActor(state, i, goOn(state, i, 1))
  }
  if (operation.kind === 'notify') {
    const woken = state.actors.map((other, j) =>
      other.status === 'asleep' && other.next?.index === operation.index
        ? goOn(state, j, 1)
        : other,
    )
    return { words: state.words, actors: woken.with(i, goOn(state, i, 0)) }
  }
  const words = [...state.words]
  const result = execute(operation, words)
  const told = scenario.alter?.(i, actor, result) ?? result
  return withActor(state, i, goOn(state, i, told), words)
}

/** The actor dies here. Main's part comes with it: until then its death is a long pause to the others. */
function deathsOf(scenario: Scenario, state: State, i: number): State[] {
  const actor = state.actors[i] as ActorState
  if (actor.status === 'done') return []
  const words = [...state.words]
  scenario.afterDeath?.(words, i)
  return [withActor(state, i, { ...actor, status: 'dead' }, words)]
}
