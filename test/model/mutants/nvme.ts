/** Mutants of the NVMe-like device's completion queue. */
import { mutant } from './mutant.js'

const QUEUES = 'native-sim/nvme-queues'
const BATCHES = 'nvme completions, queue of 3, batches'
const PUBLISH = 'store(this.memory.words, this.firstWord, this.firstStatus);'
const IS_FIRST = 'if (this.posted++ === 0) {'
const KEEP_FIRST = 'this.firstStatus = word;'

export const nvmeMutants = [
  mutant('completions shown by a plain write', BATCHES, 'race', QUEUES, [
    PUBLISH,
    PUBLISH.replace('store', 'write'),
  ]),
  mutant('first completion shown before the others', BATCHES, 'race', QUEUES, [
    KEEP_FIRST,
    `${KEEP_FIRST} store(words, entry + STATUS, word);`,
  ]),
  mutant('last completion shown last', BATCHES, 'race', QUEUES, [
    IS_FIRST,
    `if (this.posted++ !== 0) write(words, this.firstWord, this.firstStatus); ${IS_FIRST.replace('this.posted++ === 0', 'true')}`,
  ]),
  mutant('completions never shown', BATCHES, 'lost', QUEUES, [PUBLISH, '']),
]
