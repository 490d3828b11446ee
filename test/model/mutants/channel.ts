/** Mutants of slots, completions, queues, cancel, forward and stop. */
import type { Mutant } from './mutant.js'
import { mutant } from './mutant.js'

const REQUEST = 'dispatch/dispatched-request'
const PORT = 'dispatch/channel-port'
const TURN = 'dispatch/dispatch-turn'
const CHANNEL = 'manager/request-channel'
const STAGE = 'const result = port.results + (port.completions.stage(this.slot) << SHIFT);'
const RESULT = 'write(this.words, result, status);'
const REFUSE =
  'if (load(this.engineWords, ENGINE_ACCEPTING) === 0) {\n            this.discardStaged();\n            return STATUS_DEVICE_NOT_READY;\n        }\n        return this.publish();'
const REMOVE = 'gate.remove(request);\n                if (request.wasDelivered'
const NO_CANCEL = 'default:\n            // The flag in its slot'

export const channelMutants: readonly Mutant[] = [
  mutant('completion published before its result', 'channel, a batch', 'race', REQUEST, [
    RESULT,
    `port.completions.publish(); port.completions.published = ~port.completions.tail; ${RESULT}`,
  ]),
  mutant('completion published twice', 'channel, one after the other', 'duplicate', REQUEST, [
    STAGE,
    `write(this.words, port.results + (port.completions.stage(this.slot) << SHIFT), status); ${STAGE}`,
  ]),
  mutant('slot freed before its completion', 'cancel, slot used again', 'content', CHANNEL, [
    '.stageCancel(slot);',
    '.stageCancel(slot); slots.release(slot);',
  ]),
  mutant('handle without generation', 'cancel, slot used again', 'content', 'irp/slot-table', [
    'this.handleOf(slot) !== handle',
    'false',
  ]),
  {
    name: 'cancel without sequence',
    scenario: 'cancel, handler polls',
    fault: 'content',
    patches: [
      { file: REQUEST, from: '+ IRP_CANCEL) === this.sequence', to: '+ IRP_CANCEL) !== 0' },
      { file: CHANNEL, from: 'clearCancel(this, slot);', to: '{}' },
    ],
  },
  mutant('cancel leaves the request in its queue', 'cancel, handler holds', 'lost wake-up', TURN, [
    REMOVE,
    'if (request.wasDelivered',
  ]),
  mutant('cancel ends what the driver owns', 'cancel, handler holds', 'duplicate', TURN, [
    NO_CANCEL,
    'default:\n if (request.state !== 0) request.finish(STATUS_CANCELLED, 0);\n            // The flag in its slot',
  ]),
  mutant('presented requests not counted', 'sequential queue, completed later', 'leak', TURN, [
    'gate.owned++;\n        request.state = state;',
    'request.state = state;',
  ]),
  mutant('opened queue not looked at', 'sequential queue, completed later', 'lost', REQUEST, [
    'if (gate.demand !== 0)\n            port.turn.makeReady(gate);',
    '',
  ]),
  mutant('newcomer overtakes those who wait', 'sequential queue, a late newcomer', 'order', PORT, [
    'gate.owned < gate.limit && gate.demand === 0',
    'gate.owned < gate.limit',
  ]),
  mutant('forward keeps the old count', 'forward to another queue', 'lost', TURN, [
    'this.leave(request.gate);\n        request.wasDelivered = wasDelivered;',
    'request.wasDelivered = wasDelivered;',
  ]),
  mutant(
    'accepting asked after the publish',
    'stop and drain while a host submits',
    'content',
    CHANNEL,
    [
      REFUSE,
      'const count = this.publish(); if (load(this.engineWords, ENGINE_ACCEPTING) === 0) return STATUS_DEVICE_NOT_READY; return count;',
    ],
  ),
  mutant(
    'refused requests keep their slots',
    'stop and drain while a host submits',
    'leak',
    CHANNEL,
    [
      'this.discardStaged();\n            return STATUS_DEVICE_NOT_READY;',
      'return STATUS_DEVICE_NOT_READY;',
    ],
  ),
]
