import { describe, expect, it } from 'vitest'
import {
  CQE_ID_MASK,
  CQE_PHASE,
  CQE_STATUS,
  CQE_STATUS_SHIFT,
  NVME_CQE_WORDS,
  NVME_SQE_WORDS,
} from '../../src/abi/nvme-registers.js'
import { CompletionQueue, SubmissionQueue } from '../../native-sim/nvme-queues.js'

const FIRST = 3

function completions(entries: number) {
  const words = new Int32Array(new SharedArrayBuffer((FIRST + entries * NVME_CQE_WORDS) * 4))
  const queue = new CompletionQueue(1, { words, first: FIRST }, entries, 0)
  const submission = new SubmissionQueue(1, { words, first: 0 }, 4, queue)
  const driver = { head: 0, phase: CQE_PHASE }
  /** Ids and statuses that a driver finds, taken in order. */
  const take = (): [id: number, status: number][] => {
    const found: [number, number][] = []
    for (;;) {
      const word = words[FIRST + driver.head * NVME_CQE_WORDS + CQE_STATUS]!
      if ((word & CQE_PHASE) !== driver.phase) return found
      found.push([word & CQE_ID_MASK, word >>> CQE_STATUS_SHIFT])
      if (++driver.head < entries) continue
      driver.head = 0
      driver.phase ^= CQE_PHASE
    }
  }
  return { queue, submission, take, driver }
}

describe('CompletionQueue', () => {
  it('shows a driver nothing of what has been posted, and then all of it', () => {
    const { queue, submission, take } = completions(5)
    for (let id = 7; id < 10; id++) queue.post(submission, id, id - 7, 0)
    expect([take(), queue.posted]).toEqual([[], 3])
    queue.publish()
    expect([take(), queue.posted]).toEqual([
      [
        [7, 0],
        [8, 1],
        [9, 2],
      ],
      0,
    ])
    queue.publish()
    expect(take()).toEqual([])
  })

  it('goes round with its phase, whatever is posted at once, and keeps one place empty', () => {
    const { queue, submission, take, driver } = completions(4)
    let next = 0
    for (let round = 0; round < 40; round++) {
      queue.head = driver.head
      const ids: number[] = []
      for (let i = 0; i <= round % 4 && !queue.isFull; i++) {
        ids.push(next)
        queue.post(submission, next++, 0, 0)
      }
      expect(take()).toEqual([])
      queue.publish()
      expect(take()).toEqual(ids.map((id) => [id, 0]))
    }
    expect(next).toBeGreaterThan(80)
  })
})

it('SubmissionQueue: an entry is read where it lies or fetched, and the next one follows it', () => {
  const words = Int32Array.from({ length: FIRST + 2 * NVME_SQE_WORDS }, (_, i) => i)
  const memory = { words, first: FIRST }
  const queue = new SubmissionQueue(1, memory, 2, new CompletionQueue(1, memory, 2, 0))
  expect(queue.words[queue.nextEntry]).toBe(FIRST)
  queue.advance()
  const target = new Int32Array(2 + NVME_SQE_WORDS)
  queue.fetch(target, 2)
  expect([...target.subarray(2)]).toEqual([...words.subarray(FIRST + NVME_SQE_WORDS)])
  expect([queue.head, queue.nextEntry]).toEqual([0, FIRST])
})
