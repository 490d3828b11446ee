/**
 * NVMe scenarios: the device posts completions in batches, the driver takes them in order, in a queue of two to four
 * places. Judge: each comes once, in order, and with it the data that the device moved before.
 */
import {
  CQE_ID_MASK,
  CQE_PHASE,
  CQE_STATUS,
  NVME_CQE_WORDS,
} from '../../../src/abi/nvme-registers.js'
import type { CompletionQueue } from '../../../native-sim/nvme-queues.js'
import { actor } from '../engine/actor.js'
import { must, type Run, type Scenario } from '../engine/scenario.js'
import { awaitWord, load, read, store, write } from '../engine/stepping-access.js'
import type { Source } from '../shipped.js'

/** The driver's head doorbell; then the data of each command, then the entries. */
const HEAD = 0
const DATA = 1
const SUBMISSION = { id: 1, head: 0 } as never

interface Device {
  readonly queue: CompletionQueue
  posted: number
}

interface Driver {
  readonly got: number[]
  head: number
  phase: number
}

const dataOf = (id: number): number => 1000 + id

function nvmeRun(source: Source, entries: number, batches: readonly number[]): Run {
  const total = batches.reduce((sum, size) => sum + size, 0)
  const first = DATA + total
  const words = new Int32Array(new SharedArrayBuffer((first + entries * NVME_CQE_WORDS) * 4))
  const ends = batches.map((_, i) => batches.slice(0, i + 1).reduce((sum, size) => sum + size, 0))

  /** As NvmeDevice: what there is room for, and then all of it is shown. */
  const device = (self: Device): number | undefined => {
    const { queue } = self
    const end = ends.find((candidate) => candidate > self.posted) as number
    while (self.posted < end) {
      if (queue.isFull) queue.head = load(words, HEAD)
      if (queue.isFull) break
      const id = self.posted++
      write(words, DATA + id, dataOf(id))
      queue.post(SUBMISSION, id, 0, 0)
    }
    queue.publish()
    if (self.posted === total) return undefined
    if (self.posted < end) {
      const { head } = queue
      awaitWord(words, HEAD, (now) => now !== head)
    }
    return 0
  }

  /** As NvmeQueuePair: entry after entry while the phase has turned, one doorbell for all. */
  const driver = (self: Driver): number | undefined => {
    const before = self.got.length
    for (;;) {
      const at = first + self.head * NVME_CQE_WORDS + CQE_STATUS
      const status = load(words, at)
      if ((status & CQE_PHASE) !== self.phase) {
        if (self.got.length === before) awaitWord(words, at, (now) => now !== status)
        break
      }
      const id = status & CQE_ID_MASK
      must('order', id === self.got.length, `completion ${id} after ${self.got.length} others`)
      must('content', read(words, DATA + id) === dataOf(id), `the data of ${id} are not there`)
      self.got.push(id)
      if (++self.head === entries) {
        self.head = 0
        self.phase ^= CQE_PHASE
      }
      if (self.got.length === total) return undefined
    }
    if (self.got.length !== before) store(words, HEAD, self.head)
    return 0
  }

  return {
    regions: [{ words, name: 'nvme' }],
    actors: [
      actor(
        'device',
        () => ({
          queue: new source.CompletionQueue(1, { words, first }, entries, 0),
          posted: 0,
        }),
        [device],
      ),
      actor('driver', () => ({ got: [], head: 0, phase: CQE_PHASE }), [driver]),
    ],
    judge(rests) {
      const { got } = (rests[1] as { root: Driver }).root
      must('lost', got.length === total, `${got.length} of ${total} completions arrived`)
    },
  }
}

function nvme(name: string, entries: number, batches: readonly number[]): Scenario<Source> {
  // Nothing here counts beyond the queue's own places.
  return { name, starts: [0], begin: (source) => nvmeRun(source, entries, batches) }
}

export const nvmeScenarios: readonly Scenario<Source>[] = [
  nvme('nvme completions, queue of 2', 2, [1, 1, 1]),
  nvme('nvme completions, queue of 3, batches', 3, [2, 1, 2]),
  nvme('nvme completions, queue of 4, batches', 4, [3, 2, 3]),
]
