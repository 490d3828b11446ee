/**
 * Levels: a levelled turn on its own, with a clock that stands still, for tests of the objects that hang from it.
 * Runs on: the test's own thread.
 */
import { type LevelBudgets, LevelledTurn } from '../../src/dispatch/levelled-turn.js'
import type { CallbackParent, SerializingParent } from '../../src/framework/callback-parent.js'
import { FrameworkObject } from '../../src/framework/framework-object.js'
import {
  createInterruptBlock,
  interruptBlockOf,
  InterruptLines,
} from '../../src/irp/interrupt-block.js'

/** A device and a queue under each kind of lock. */
export const dispatchDevice = deviceOf({ synchronizationScope: 'device' })
export const passiveDevice = deviceOf({
  synchronizationScope: 'device',
  executionLevel: 'passive',
})
export const freeDevice = deviceOf({ synchronizationScope: 'none' })

/** What stands for a device, as far as its timers, DPCs and the like go. */
export function deviceOf(serializing: SerializingParent): CallbackParent {
  const device: SerializingParent & { object?: FrameworkObject } = { ...serializing }
  device.object = new FrameworkObject('device', device, null)
  return device as CallbackParent
}

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
