/**
 * send-stage.ts: the senders: events are numbers that count up and begin anew at WRAP, a multiple of 15, so that
 * who is divisible by 3 or 5 stays so; an event of the pipeline is two numbers side by side in the ring.
 *
 * Runs on: the sending thread. HOT.
 */
import type { SpscProducer } from '../../src/sharedarraybuffer-queue/index.js'
import type { Stage } from './stage.js'

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
