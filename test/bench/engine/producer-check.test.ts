import { describe, expect, it } from 'vitest'
import { complaintsAbout } from '../../../bench/engine/producer-check.js'
import { EMPTY_LEDGER } from '../../../bench/ledger.js'
import type { ProducerReport } from '../../../native-sim/index.js'

const NONE = { count: 0, mean: 0, p50: 0, p90: 0, p99: 0, p999: 0, p9999: 0, max: 0 }

/** Ten reads of 512 bytes, all right. */
const RIGHT: ProducerReport = {
  device: 'disk0',
  endedBy: 'stop',
  requests: 10,
  seconds: 1,
  reads: 10,
  writes: 0,
  bytesRead: 5120,
  bytesWritten: 0,
  failures: 0,
  failureStatuses: {},
  verified: 10,
  undecided: 0,
  mismatches: 0,
  firstMismatches: [],
  checksum: 1,
  sequenceHash: 1,
  latencyNs: NONE,
  latenessNs: NONE,
  refusals: 0,
  ledger: { ...EMPTY_LEDGER, accepted: 13, completed: 13, success: 13 },
}

const MISMATCH = {
  kind: 'data',
  operation: 'read',
  request: 3,
  offsetBytes: 0,
  sizeBytes: 512,
  positionBytes: 4,
  expected: 1,
  found: 2,
} as const

describe('complaintsAbout', () => {
  it('has none about a report where all is right', () => {
    expect(complaintsAbout(RIGHT, { verify: true, blockBytes: 512 })).toEqual({})
  })

  it('does not ask for verified reads where nothing was to be verified', () => {
    expect(complaintsAbout({ ...RIGHT, verified: 0 }, {})).toEqual({})
  })

  it.each<[Partial<ProducerReport>, object]>([
    [{ failures: 2 }, { failures: 2 }],
    [{ verified: 9 }, { unverified: 1 }],
    [{ bytesRead: 5119 }, { wrongBytes: -1 }],
    [{ ledger: { ...RIGHT.ledger, accepted: 14 } }, { unanswered: 1 }],
    [
      { mismatches: 1, firstMismatches: [MISMATCH] },
      { mismatches: 1, firstMismatch: JSON.stringify(MISMATCH) },
    ],
  ])('tells of %j', (changes, complaints) => {
    const report = { ...RIGHT, ...changes }
    expect(complaintsAbout(report, { verify: true, blockBytes: 512 })).toEqual(complaints)
  })
})
