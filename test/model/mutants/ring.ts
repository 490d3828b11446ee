/** Mutants of the ring. */
import { mutant } from './mutant.js'

const RING = 'sharedarraybuffer-queue/spsc-ring'
const STAGE = 'write(this.words, this.slots + place, value);'
const STAGE_MANY = 'write(words, slots + ((tail + i) & mask), values[i]);'
const PUBLISH = 'store(this.words, this.base + RING_TAIL, this.tail);'
const RELEASE = 'store(this.words, this.base + RING_HEAD, this.head);'
const TAKE = 'const value = read(this.words, this.slots + (head & this.mask));'
const TAKE_MANY = 'target[i] = read(words, slots + ((head + i) & mask));'
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
  mutant('publish before payload, in bulk', 'ring of 2, batches', 'race', RING, [
    STAGE_MANY,
    `store(this.words, this.base + RING_TAIL, (tail + i + 1) | 0), ${STAGE_MANY}`,
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
  mutant('release before read, in bulk', 'ring of 2, batches', 'race', RING, [
    TAKE_MANY,
    `store(this.words, this.base + RING_HEAD, (head + i + 1) | 0), ${TAKE_MANY}`,
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
    'content',
    RING,
    [FIRST_LOOK, FIRST_LOOK.replace(' | 0', '')],
    [SECOND_LOOK, SECOND_LOOK.replace(' | 0', '')],
  ),
  mutant('producer compares without wrapping', 'ring of 2, batches', 'content', RING, [
    ROOM,
    ROOM.replace(' | 0', ''),
  ]),
]
