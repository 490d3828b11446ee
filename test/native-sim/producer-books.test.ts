import { describe, expect, it } from 'vitest'
import { ProducerBooks } from '../../native-sim/producer-books.js'
import { STATUS_IO_TIMEOUT, STATUS_SUCCESS, STATUS_UNSUCCESSFUL } from '../../src/index.js'

const request = (isWrite: number, sizeBytes: number) => ({
  isWrite,
  offsetBytes: 512,
  sizeBytes,
  advance: () => true,
})

const hashOf = (sizes: number[]) => {
  const books = new ProducerBooks(1, null)
  for (const size of sizes) books.submitted(0, request(1, size), 0)
  return books.summary().sequenceHash
}

describe('ProducerBooks', () => {
  it('counts requests and bytes by operation, and failures by status', () => {
    const books = new ProducerBooks(4, null)
    const outcomes: [isWrite: number, status: number, moved: number][] = [
      [0, STATUS_SUCCESS, 4096],
      [0, STATUS_UNSUCCESSFUL, 0],
      [1, STATUS_SUCCESS, 3 * 2 ** 30],
      [1, STATUS_IO_TIMEOUT, 0],
      [1, STATUS_UNSUCCESSFUL, 0],
    ]
    for (const [isWrite, status, moved] of outcomes) {
      books.submitted(2, request(isWrite, 4096), 0)
      books.completed(2, status, moved | 0)
    }
    expect(books.summary()).toMatchObject({
      requests: 5,
      reads: 2,
      writes: 3,
      bytesRead: 4096,
      bytesWritten: 3 * 2 ** 30,
      failures: 3,
      failureStatuses: { STATUS_UNSUCCESSFUL: 2, STATUS_IO_TIMEOUT: 1 },
      verified: 0,
      checksum: 0,
    })
  })

  it('measures latency from the due time, and lateness up to the sending', () => {
    const books = new ProducerBooks(2, null)
    books.submittedLate(0, request(0, 512), 1000, 1500)
    books.submitted(1, request(0, 512), 2000)
    books.addLatencies(Int32Array.of(9, 1, 0), 1, 3, 4000)
    const { latencyNs, latenessNs } = books.summary()
    expect(latencyNs).toMatchObject({ count: 2, mean: 2500, max: 3000 })
    expect(latenessNs).toMatchObject({ count: 1, max: 500 })
  })

  it('the hash of the sequence tells the requests apart', () => {
    expect(hashOf([512, 1024])).toBe(hashOf([512, 1024]))
    expect(hashOf([512, 1024])).not.toBe(hashOf([1024, 512]))
  })
})
