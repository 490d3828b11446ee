/**
 * producer-check.ts: whether a simulated device got everything right, by its own report.
 *
 * Runs on: the main thread of a child process.
 */
import type { ProducerOptions, ProducerReport } from '../../native-sim/index.js'
import type { Notes } from './engine-window.js'

/** Open, cleanup and close are requests of the producer's channel too. */
const FILE_REQUESTS = 3

/**
 * What was wrong; nothing when all was right: every accepted request came back once and with success, moved
 * all of its bytes, and with `verify` every read brought what was written last.
 */
export function complaintsAbout(
  report: ProducerReport,
  { verify = false, blockBytes }: Pick<ProducerOptions, 'verify' | 'blockBytes'>,
): Notes {
  const { requests, reads, verified, mismatches, failures, ledger } = report
  const bytes = report.bytesRead + report.bytesWritten
  const complaints = {
    failures,
    mismatches,
    unverified: verify ? reads - verified : 0,
    wrongBytes: blockBytes === undefined ? 0 : bytes - requests * blockBytes,
    unanswered: ledger.accepted - FILE_REQUESTS - requests,
  }
  const found = Object.entries(complaints).filter(([, count]) => count !== 0)
  const [first] = report.firstMismatches
  return {
    ...Object.fromEntries(found),
    ...(first === undefined ? {} : { firstMismatch: JSON.stringify(first) }),
  }
}
