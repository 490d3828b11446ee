/**
 * Audit: random walks in two worlds at once, one whose actors are merged where their digests agree, one whose
 * actors never are. They must do the same: else a digest has missed a part of an actor's state, and the
 * search with it. Runs on: the checker's own thread.
 */
import type { Random } from '../../../native-sim/random.js'
import { Automaton, type Node } from './automaton.js'
import { Cells } from './cells.js'
import { KIND_NAMES } from './access-kind.js'
import type { Scenario } from './scenario.js'
import { World } from './world.js'

/** One way in which an actor can go on. */
type Move = (world: World) => void

/** Walks `count` times from the beginning to an end; returns the moves made. Throws at the first difference. */
export function audit<Source>(
  scenario: Scenario<Source>,
  source: Source,
  start: number,
  count: number,
  random: Random,
): number {
  const run = scenario.begin(source, start)
  const cells = new Cells()
  for (const { words, name } of run.regions) cells.addRegion(words, name)
  const budgets = { deaths: scenario.deaths ?? 0, timeouts: scenario.timeouts ?? 0 }
  const worlds = [true, false].map((merges) => {
    const automata = run.actors.map((actor, index) => new Automaton(actor, index, cells, merges))
    return new World(automata, cells, run, budgets)
  }) as [World, World]
  cells.reclassify()
  let moves = 0
  for (let walk = 0; walk < count; walk++) {
    for (const world of worlds) world.begin(undefined)
    for (;;) {
      compare(worlds, run.actors.length, `${scenario.name}, walk ${walk}`)
      const possible = movesOf(worlds[0], run.actors.length)
      if (possible.length === 0) break
      const move = possible[random.nextBelow(possible.length)] as Move
      for (const world of worlds) move(world)
      moves++
    }
  }
  return moves
}

function movesOf(world: World, actors: number): Move[] {
  const moves: Move[] = []
  for (let actor = 0; actor < actors; actor++) {
    if (world.canStep(actor)) moves.push((target) => target.step(actor))
    if (world.canDie(actor)) moves.push((target) => target.die(actor))
    if (world.canTimeOut(actor)) moves.push((target) => target.timeOut(actor))
  }
  return moves
}

function compare([merged, plain]: readonly [World, World], actors: number, where: string): void {
  for (let actor = 0; actor < actors; actor++) {
    // The dead are merged by what is left of them, not by where they were.
    if (merged.isDead(actor) && plain.isDead(actor)) continue
    const [a, b] = [textOf(merged.nodeOf(actor)), textOf(plain.nodeOf(actor))]
    if (a !== b) throw new Error(`${where}: actor ${actor} goes on with ${a}, unmerged with ${b}`)
  }
  if (!merged.words.every((word, cell) => word === plain.words[cell])) {
    throw new Error(`${where}: the words differ from those of the unmerged actors`)
  }
}

function textOf({ kind, cell, a, b }: Node): string {
  return `${KIND_NAMES[kind]} ${cell} ${a} ${b}`
}
