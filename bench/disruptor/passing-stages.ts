/**
 * passing-stages.ts: stages in the middle: they take events, work one number out of each, and pass it on.
 *
 * Runs on: the stage's thread. HOT.
 */
import type { SpscConsumer, SpscProducer } from '../../src/sharedarraybuffer-queue/index.js'
import { LIMIT as MOST, type Stage } from './stage.js'

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const LIMIT = MOST

/** Takes events of `width` numbers, works one number out of each, and passes it on. */
abstract class PassingStage implements Stage {
  events = 0
  result = 0
  readonly #input: SpscConsumer
  readonly #output: SpscProducer
  readonly #width: number

  constructor(input: SpscConsumer, output: SpscProducer, width: number) {
    this.#input = input
    this.#output = output
    this.#width = width
  }

  canWork(): boolean {
    return this.#input.available(this.#width) >= this.#width && this.#output.free(1) >= 1
  }

  poll(): number {
    const room = this.#output.free(LIMIT)
    const there = (this.#input.available(LIMIT * this.#width) / this.#width) | 0
    const count = there < room ? there : room
    if (count === 0) return 0
    this.pass(this.#input, this.#output, count)
    this.#input.release()
    this.#output.publish()
    this.events += count
    return count
  }

  protected abstract pass(input: SpscConsumer, output: SpscProducer, count: number): void
}

/** Adds the two operands of an event. */
export class AddStage extends PassingStage {
  protected pass(input: SpscConsumer, output: SpscProducer, count: number): void {
    for (let i = 0; i < count; i++) output.stage((input.take() + input.take()) | 0)
  }
}

export class AddThreeStage extends PassingStage {
  protected pass(input: SpscConsumer, output: SpscProducer, count: number): void {
    for (let i = 0; i < count; i++) output.stage((input.take() + 3) | 0)
  }
}

export class DivisibleStage extends PassingStage {
  readonly #by: number

  constructor(input: SpscConsumer, output: SpscProducer, by: number) {
    super(input, output, 1)
    this.#by = by
  }

  protected pass(input: SpscConsumer, output: SpscProducer, count: number): void {
    for (let i = 0; i < count; i++) output.stage(input.take() % this.#by === 0 ? 1 : 0)
  }
}
