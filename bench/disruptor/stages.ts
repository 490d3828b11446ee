/**
 * stages.ts: the stages by name. Their arithmetic is that of the Disruptor's own performance tests, so that every
 * event is looked at and the outcome can be known.
 *
 * Runs on: the thread that the stage is for.
 */
import type { SpscConsumer, SpscProducer } from '../../src/sharedarraybuffer-queue/index.js'
import { BothStage, CountFoursStage, SumStage } from './final-stages.js'
import { AddStage, AddThreeStage, DivisibleStage } from './passing-stages.js'
import { SendStage } from './send-stage.js'
import type { Stage } from './stage.js'

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
