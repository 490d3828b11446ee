/** Mutants of the ring. */
import { mutant } from './mutant.js'

const RING = 'sharedarraybuffer-queue/spsc-ring'
const STAGE = 'write(this.words, this.slots + place, value);'
const PUBLISH = 'store(this.words, this.base + RING_TAIL, this.tail);'
const RELEASE = 'store(this.words, this.base + RING_HEAD, this.head);'
const TAKE = 'const value = read(this.words, this.slots + (head & this.mask));'
const REFRESH_HEAD = 'this.headCache = load(this.words, this.base + RING_HEAD);'
const REFRESH_TAIL = 'this.tailCache = load(this.words, this.base + RING_TAIL);'
const FIRST_LOOK = 'let known = (this.tailCache - this.head) | 0;'
const SECOND_LOOK = '            known = (this.tailCache - this.head) | 0;'
const ROOM = 'const known = this.mask + 1 - ((this.tail - this.headCache) | 0);'

export const ringMutants = [
  mutant('publish before payload', 'ring of 2, one by one', 'race', RING, [
    STAGE,
    `store(this.words, this.base + RING_TAIL, (tail + 1) | 0); ${STAGE}`,
  ]),
  mutant('publish by a plain write', 'ring of 2, one by one', 'race', RING, [
    PUBLISH,
    PUBLISH.replace('store', 'write'),
  ]),
  mutant('publish one value too many', 'ring of 2, batches', 'content', RING, [
    PUBLISH,
    PUBLISH.replace('this.tail)', '(this.tail + 1) | 0)'),
  ]),
  mutant('release by a plain write', 'ring of 1, one by one', 'race', RING, [
    RELEASE,
    RELEASE.replace('store', 'write'),
  ]),
  mutant('release before read', 'ring of 1, one by one', 'race', RING, [
    TAKE,
    `store(this.words, this.base + RING_HEAD, (head + 1) | 0); ${TAKE}`,
  ]),
  mutant('cached head not refreshed', 'ring of 1, one by one', 'stuck', RING, [REFRESH_HEAD, '']),
  mutant('cached tail not refreshed', 'ring of 1, one by one', 'stuck', RING, [REFRESH_TAIL, '']),
  mutant('one place too many', 'ring of 2, batches', 'content', RING, [
    ROOM,
    ROOM.replace('+ 1', '+ 2'),
  ]),
  mutant(
    'consumer compares without wrapping',
    'ring of 2, batches',
    'livelock',
    RING,
    [FIRST_LOOK, FIRST_LOOK.replace(' | 0', '')],
    [SECOND_LOOK, SECOND_LOOK.replace(' | 0', '')],
  ),
  mutant('producer compares without wrapping', 'ring of 2, batches', 'content', RING, [
    ROOM,
    ROOM.replace(' | 0', ''),
  ]),
]
