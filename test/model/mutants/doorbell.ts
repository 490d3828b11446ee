/** Mutants of the doorbell and of who rings it when. */
import { mutant } from './mutant.js'

const DOORBELL = 'sharedarraybuffer-queue/doorbell'
const IMPORT = 'import { add, load, notify, store, wait, waitOnEventLoop }'
const ANNOUNCE = 'store(this.words, this.base + DOORBELL_STATE, DOORBELL_PARKED);'
const LOOK = 'if (!hasWork()) {'
const WAIT = 'wait(this.words, this.base + DOORBELL_EPOCH, epoch, timeoutMs)'
const COUNT = 'this.rings++;\n        add(this.words, this.base + DOORBELL_EPOCH, 1);'

export const doorbellMutants = [
  mutant('no look after the announcement', 'doorbell', 'lost wake-up', DOORBELL, [
    LOOK,
    'if (true) {',
  ]),
  mutant('look before the announcement', 'doorbell', 'lost wake-up', DOORBELL, [
    `${ANNOUNCE}\n        ${LOOK}`,
    `const isIdle = !hasWork(); ${ANNOUNCE} if (isIdle) {`,
  ]),
  mutant('epoch loaded after the look', 'doorbell', 'lost wake-up', DOORBELL, [
    WAIT,
    WAIT.replace('epoch', 'load(this.words, this.base + DOORBELL_EPOCH)'),
  ]),
  mutant('ring without moving the epoch', 'doorbell', 'lost wake-up', DOORBELL, [
    COUNT,
    'this.rings++;',
  ]),
  mutant('ring without notify', 'doorbell, a time-out', 'lost wake-up', DOORBELL, [
    `${COUNT}\n        notify(this.words, this.base + DOORBELL_EPOCH);`,
    COUNT,
  ]),
  mutant('wake one', 'doorbell, sleeper dies', 'lost wake-up', DOORBELL, [
    IMPORT,
    IMPORT.replace('notify', 'notifyOne as notify'),
  ]),
  mutant(
    'announcement by a plain write',
    'doorbell',
    'race',
    DOORBELL,
    [IMPORT, IMPORT.replace('add', 'add, write')],
    [ANNOUNCE, ANNOUNCE.replace('store', 'write')],
  ),
  mutant(
    'host rings before it publishes',
    'channel, one after the other',
    'lost wake-up',
    'manager/host-port',
    [
      'const entries = this.submissions.publish();',
      'this.bell.ring(); const entries = this.submissions.publish();',
    ],
    ['return 0;\n        this.bell.ring();', 'return 0;'],
  ),
  mutant(
    'worker rings before it publishes',
    'channel, one slot used again',
    'lost wake-up',
    'dispatch/channel-port',
    [
      'if (this.completions.publish() !== 0)\n            this.host.ring();',
      'if (this.completions.tail !== this.completions.published) { this.host.ring(); this.completions.publish(); }',
    ],
  ),
]
