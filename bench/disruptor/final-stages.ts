/**
 * final-stages.ts: stages at the end: they sum up or count what comes.
 *
 * Runs on: the stage's thread. HOT.
 */
import type { SpscConsumer } from '../../src/sharedarraybuffer-queue/index.js'
import { LIMIT as MOST, type Stage } from './stage.js'

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const LIMIT = MOST

/** Sums up what comes through any of its rings. */
export class SumStage implements Stage {
  events = 0
  result = 0
  readonly #inputs: readonly SpscConsumer[]

  constructor(inputs: readonly SpscConsumer[]) {
    this.#inputs = inputs
  }

  canWork(): boolean {
    return this.#inputs.some((input) => input.available(1) > 0)
  }

  poll(): number {
    const inputs = this.#inputs
    let taken = 0
    for (let i = 0; i < inputs.length; i++) taken += this.#take(inputs[i]!)
    this.events += taken
    return taken
  }

  #take(input: SpscConsumer): number {
    const count = input.available(LIMIT)
    let sum = this.result
    for (let i = 0; i < count; i++) sum = (sum + input.take()) | 0
    input.release()
    this.result = sum
    return count
  }
}

/** Counts events with bit 2 set. */
export class CountFoursStage implements Stage {
  events = 0
  result = 0
  readonly #input: SpscConsumer

  constructor(input: SpscConsumer) {
    this.#input = input
  }

  canWork(): boolean {
    return this.#input.available(1) > 0
  }

  poll(): number {
    const count = this.#input.available(LIMIT)
    let fours = 0
    for (let i = 0; i < count; i++) fours += (this.#input.take() >>> 2) & 1
    this.#input.release()
    this.result = (this.result + fours) | 0
    this.events += count
    return count
  }
}

/** Counts events that both of its rings say yes to. */
export class BothStage implements Stage {
  events = 0
  result = 0
  readonly #left: SpscConsumer
  readonly #right: SpscConsumer

  constructor(left: SpscConsumer, right: SpscConsumer) {
    this.#left = left
    this.#right = right
  }

  canWork(): boolean {
    return this.#left.available(1) > 0 && this.#right.available(1) > 0
  }

  poll(): number {
    const left = this.#left.available(LIMIT)
    const right = this.#right.available(LIMIT)
    const count = left < right ? left : right
    let both = 0
    for (let i = 0; i < count; i++) both += this.#left.take() & this.#right.take()
    this.#left.release()
    this.#right.release()
    this.result = (this.result + both) | 0
    this.events += count
    return count
  }
}
