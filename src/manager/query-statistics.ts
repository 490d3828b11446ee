/**
 * queryStatistics: asks the statistics filter of a device what has passed it. Runs on: a host thread.
 */
import {
  IOCTL_STATS_QUERY,
  STATS_BYTES,
  STATS_CANCELLED,
  STATS_DATA_BYTES,
  STATS_FAILED,
  STATS_FIELDS,
  STATS_IN_FLIGHT,
  STATS_KIND_NAMES,
  STATS_KINDS,
  STATS_LONGEST,
  STATS_MOST_IN_FLIGHT,
  STATS_P50,
  STATS_P99,
  STATS_REQUESTS,
} from '../abi/filter-ioctl.js'
import type { IrpFile } from './irp-file.js'

export interface PassageStatistics {
  /** Requests that have come back. */
  readonly requests: number
  readonly failed: number
  readonly cancelled: number
  /** Bytes that successful reads or writes moved. */
  readonly bytes: number
  /** How long the levels below took, in nanoseconds. */
  readonly p50Ns: number
  readonly p99Ns: number
  readonly longestNs: number
}

export type StatisticsKind = (typeof STATS_KIND_NAMES)[number]

export interface DeviceStatistics extends Readonly<Record<StatisticsKind, PassageStatistics>> {
  readonly inFlight: number
  readonly mostInFlight: number
}

/** What passed `drivers.stats` in the file's device stack. Rejects with an IrpError where there is none. */
export async function queryStatistics(file: IrpFile): Promise<DeviceStatistics> {
  const answer = new Uint8Array(STATS_BYTES)
  await file.ioctl(IOCTL_STATS_QUERY, null, answer)
  const view = new DataView(answer.buffer)
  const at = (field: number): number => view.getFloat64(8 * field, true)
  const kinds = STATS_KIND_NAMES.map((name, index) => {
    const first = STATS_KINDS + index * STATS_FIELDS
    const statistics: PassageStatistics = {
      requests: at(first + STATS_REQUESTS),
      failed: at(first + STATS_FAILED),
      cancelled: at(first + STATS_CANCELLED),
      bytes: at(first + STATS_DATA_BYTES),
      p50Ns: at(first + STATS_P50),
      p99Ns: at(first + STATS_P99),
      longestNs: at(first + STATS_LONGEST),
    }
    return [name, statistics] as const
  })
  return {
    inFlight: at(STATS_IN_FLIGHT),
    mostInFlight: at(STATS_MOST_IN_FLIGHT),
    ...(Object.fromEntries(kinds) as Record<StatisticsKind, PassageStatistics>),
  }
}
