/** Mutants of the presented mark, the sweep and the hand-over to a successor. */
import { mutant } from './mutant.js'

const SWEEP = 'manager/sweep'
const TURN = 'dispatch/dispatch-turn'
const SORT = '(slots.sequenceOf(a) - slots.sequenceOf(b)) | 0'
const HAND_OVER = 'port.submissions.publish();\n    port.adopt(incarnation);'
const LOOK = 'if (load(this.words, CHANNEL_ATTENTION) !== this.attention)\n            return true;'

export const deathMutants = [
  mutant('sweep before drain', 'death, one request', 'duplicate', SWEEP, [
    'while (channel.reapPort(port, ALL, channel.onSetAside) !== 0)\n        ;',
    '',
  ]),
  mutant('presented mark after the handler', 'death, one request', 'duplicate', TURN, [
    'request.markPresented();\n        const result = this.call(gate, request, major);',
    'const result = this.call(gate, request, major); request.markPresented();',
  ]),
  mutant('no presented mark', 'death, one request', 'duplicate', TURN, [
    'request.markPresented();\n        const result =',
    'const result =',
  ]),
  mutant(
    'successor let in before the hand-over',
    'death, a batch',
    'duplicate',
    SWEEP,
    ['port.discardSubmissions();', 'port.adopt(incarnation); port.discardSubmissions();'],
    [HAND_OVER, 'port.submissions.publish(); port.bell.ringSleeper();'],
  ),
  mutant('hand-over not published', 'death, one request', 'lost', SWEEP, [
    HAND_OVER,
    'port.adopt(incarnation);',
  ]),
  mutant('hand-over in the wrong order', 'death, a batch', 'order', SWEEP, [
    SORT,
    '(slots.sequenceOf(b) - slots.sequenceOf(a)) | 0',
  ]),
  mutant('sequences compared without wrapping', 'death, a batch', 'order', SWEEP, [
    SORT,
    'slots.sequenceOf(a) - slots.sequenceOf(b)',
  ]),
  mutant(
    'old submissions left in the ring',
    'death, one request',
    'duplicate',
    'manager/host-port',
    ['store(words, base + RING_HEAD, tail);', ''],
  ),
  mutant(
    'death not looked for before sleeping',
    'death, one request',
    'lost wake-up',
    'manager/request-channel',
    [LOOK, ''],
  ),
  mutant(
    'hosts told before the incarnation moves',
    'death, one request',
    'lost',
    'manager/worker-set',
    [
      'this.#handles[worker] = undefined;\n        this.#takesChannels',
      'tellHosts(); this.#handles[worker] = undefined;\n        this.#takesChannels',
    ],
    ['this.#countDeath(worker);\n        tellHosts();', 'this.#countDeath(worker);'],
  ),
  mutant('given up, and its requests kept', 'death without a successor', 'livelock', SWEEP, [
    'else if (failed)',
    'else if (false)',
  ]),
  mutant('sequence not renewed at the hand-over', 'two deaths, one request', 'duplicate', SWEEP, [
    'slots.setSequence(slot, (port.submissions.tail << 1) | 1);',
    '',
  ]),
  mutant(
    'attention noted after the sweep',
    'two deaths, one request',
    'lost',
    SWEEP,
    ['channel.attention = load(channel.words, CHANNEL_ATTENTION);\n', '\n'],
    [
      'sweepPort(channel, port, incarnation, failed);\n        }\n    }\n}',
      'sweepPort(channel, port, incarnation, failed);\n        }\n    }\n    channel.attention = load(channel.words, CHANNEL_ATTENTION);\n}',
    ],
  ),
]
