/**
 * Control code of the statistics filter (pairs/filters/stats) and what it answers. Runs on: any thread.
 *
 *   IOCTL_STATS_QUERY  no input; output: STATS_BYTES of float64, little-endian
 *
 *     0 in flight | 1 most in flight | then, for reads, writes, flushes, all others: 7 fields each
 *       +0 requests  +1 failed  +2 cancelled  +3 bytes  +4 p50 ns  +5 p99 ns  +6 longest ns
 */
import { ctlCode, FILE_ANY_ACCESS, FILE_DEVICE_UNKNOWN, METHOD_BUFFERED } from './ctl-code.js'

export const IOCTL_STATS_QUERY = ctlCode(
  FILE_DEVICE_UNKNOWN,
  0x810,
  METHOD_BUFFERED,
  FILE_ANY_ACCESS,
)

export const STATS_IN_FLIGHT = 0
export const STATS_MOST_IN_FLIGHT = 1
export const STATS_KINDS = 2

export const STATS_REQUESTS = 0
export const STATS_FAILED = 1
export const STATS_CANCELLED = 2
export const STATS_DATA_BYTES = 3
export const STATS_P50 = 4
export const STATS_P99 = 5
export const STATS_LONGEST = 6
export const STATS_FIELDS = 7

/** In the order of the layout. */
export const STATS_KIND_NAMES = ['read', 'write', 'flush', 'other'] as const
export const STATS_BYTES = 8 * (STATS_KINDS + STATS_KIND_NAMES.length * STATS_FIELDS)
