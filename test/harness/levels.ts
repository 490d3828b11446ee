/**
 * Levels: a levelled turn on its own, with a clock that stands still, for tests of the objects that hang from it.
 * Runs on: the test's own thread.
 */
import { type LevelBudgets, LevelledTurn } from '../../src/dispatch/levelled-turn.js'
import type { CallbackParent } from '../../src/framework/callback-parent.js'
import {
  createInterruptBlock,
  interruptBlockOf,
  InterruptLines,
} from '../../src/irp/interrupt-block.js'

/** A device and a queue under each kind of lock. */
export const dispatchDevice: CallbackParent = { synchronizationScope: 'device' }
export const passiveDevice: CallbackParent = {
  synchronizationScope: 'device',
  executionLevel: 'passive',
}
export const freeDevice: CallbackParent = { synchronizationScope: 'none' }

export function newLevels(budgets: LevelBudgets = {}) {
  const block = createInterruptBlock(8)
  const clock = { nowMs: 0 }
  const thrown: unknown[] = []
  /** How often a sleeping worker would have been woken. */
  const wakes = { count: 0 }
  const levels = new LevelledTurn(
    interruptBlockOf(block),
    {
      callbackThrew: (_callback, error) => thrown.push(error),
      lineIsStuck: () => {},
      wake: () => {
        wakes.count++
      },
      pendingAsync: () => {},
    },
    budgets,
    () => clock.nowMs,
  )
  const lines = new InterruptLines(block, { buffer: new SharedArrayBuffer(512), word: 0 })
  const turn = (): number => levels.pollRaised() + levels.pollPassive()
  return { levels, clock, thrown, wakes, lines, turn }
}
