/**
 * stages.ts: what the threads of a topology do with each event: send, add, count, pass on. The arithmetic is
 * that of the Disruptor's own performance tests, so that every event is looked at and the outcome can be known.
 *
 * Runs on: each stage on one thread. HOT: `poll` allocates nothing; it does what can be done, publishes once,
 * gives places back once, and answers how many events there were.
 *
 * Events are numbers that count up and begin anew at WRAP, a multiple of 15, so that who is divisible by 3
 * or 5 stays so; an event of the pipeline is two numbers side by side in the ring.
 */
import type { SpscConsumer, SpscProducer } from '../../src/sharedarraybuffer-queue/index.js'

export type Role =
  | 'send'
  | 'send-operands'
  | 'sum'
  | 'add'
  | 'add-three'
  | 'count-fours'
  | 'by-3'
  | 'by-5'
  | 'both'

export interface Stage {
  /** Events dealt with. */
  readonly events: number
  /** What came of them, int32. */
  readonly result: number
  poll(): number
  /** Whether a poll would find something to do. */
  canWork(): boolean
}

/** Events taken at once. */
const LIMIT = 1024
/** First of the second operands; it goes down as the first goes up, so their sum stays. */
const OPERAND_TWO = 777
/** 15 * 2^26. */
export const WRAP = 1_006_632_960

function next(value: number): number {
  return value + 1 === WRAP ? 0 : value + 1
}

/** Sends batches of 0, 1, 2 … into all of its rings; operands: each with its second one. */
export class SendStage implements Stage {
  events = 0
  result = 0
  readonly #outputs: readonly SpscProducer[]
  readonly #batch: number
  readonly #withOperands: boolean
  readonly #room: number
  #value = 0

  constructor(outputs: readonly SpscProducer[], batch: number, withOperands: boolean) {
    this.#outputs = outputs
    this.#batch = batch
    this.#withOperands = withOperands
    this.#room = withOperands ? 2 * batch : batch
  }

  canWork(): boolean {
    return this.#outputs.every((output) => output.free(this.#room) >= this.#room)
  }

  poll(): number {
    const outputs = this.#outputs
    for (let i = 0; i < outputs.length; i++) {
      if (outputs[i]!.free(this.#room) < this.#room) return 0
    }
    const batch = this.#batch
    let value = this.#value
    for (let i = 0; i < outputs.length; i++) {
      value = this.#withOperands
        ? sendOperands(outputs[i]!, this.#value, batch)
        : sendNumbers(outputs[i]!, this.#value, batch)
    }
    this.#value = value
    this.events += batch
    return batch
  }
}

function sendNumbers(output: SpscProducer, from: number, batch: number): number {
  let value = from
  for (let i = 0; i < batch; i++) {
    output.stage(value)
    value = next(value)
  }
  output.publish()
  return value
}

function sendOperands(output: SpscProducer, from: number, batch: number): number {
  let value = from
  for (let i = 0; i < batch; i++) {
    output.stage(value)
    output.stage(OPERAND_TWO - value)
    value = next(value)
  }
  output.publish()
  return value
}

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
class AddStage extends PassingStage {
  protected pass(input: SpscConsumer, output: SpscProducer, count: number): void {
    for (let i = 0; i < count; i++) output.stage((input.take() + input.take()) | 0)
  }
}

class AddThreeStage extends PassingStage {
  protected pass(input: SpscConsumer, output: SpscProducer, count: number): void {
    for (let i = 0; i < count; i++) output.stage((input.take() + 3) | 0)
  }
}

class DivisibleStage extends PassingStage {
  readonly #by: number

  constructor(input: SpscConsumer, output: SpscProducer, by: number) {
    super(input, output, 1)
    this.#by = by
  }

  protected pass(input: SpscConsumer, output: SpscProducer, count: number): void {
    for (let i = 0; i < count; i++) output.stage(input.take() % this.#by === 0 ? 1 : 0)
  }
}

/** Counts events with bit 2 set. */
class CountFoursStage implements Stage {
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
class BothStage implements Stage {
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

export function createStage(
  role: Role,
  inputs: readonly SpscConsumer[],
  outputs: readonly SpscProducer[],
  batch: number,
): Stage {
  const input = inputs[0]!
  const output = outputs[0]!
  switch (role) {
    case 'send':
      return new SendStage(outputs, batch, false)
    case 'send-operands':
      return new SendStage(outputs, batch, true)
    case 'sum':
      return new SumStage(inputs)
    case 'add':
      return new AddStage(input, output, 2)
    case 'add-three':
      return new AddThreeStage(input, output, 1)
    case 'by-3':
      return new DivisibleStage(input, output, 3)
    case 'by-5':
      return new DivisibleStage(input, output, 5)
    case 'count-fours':
      return new CountFoursStage(input)
    default:
      return new BothStage(input, inputs[1]!)
  }
}
