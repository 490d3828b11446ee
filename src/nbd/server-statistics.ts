/**
 * Server statistics: what a server counts, and the picture of it that people and `--json` get. Runs on: host.
 */
import { LatencyHistogram } from './latency-histogram.js'
import { CMD_FLUSH, CMD_READ, CMD_TRIM, CMD_WRITE, CMD_WRITE_ZEROES } from './protocol.js'

/** A picture of the counters. Counts run from the start of the server; times are microseconds. */
export interface NbdStatistics {
  /** Connections that were accepted, and clients in the transmission phase now. */
  readonly connections: number
  readonly clients: number
  readonly refusedConnections: number
  /** Connections that ended because the client broke the protocol. */
  readonly protocolErrors: number
  readonly reads: number
  readonly writes: number
  readonly flushes: number
  readonly trims: number
  readonly writeZeroes: number
  readonly readBytes: number
  readonly writtenBytes: number
  /** Commands answered with an error. */
  readonly errors: number
  readonly inFlight: number
  /** From the bytes of a request to its reply on the way to the socket. */
  readonly latencyUs: { readonly p50: number; readonly p99: number; readonly p999: number }
}

export class ServerStatistics {
  connections = 0
  clients = 0
  refusedConnections = 0
  protocolErrors = 0
  reads = 0
  writes = 0
  flushes = 0
  trims = 0
  writeZeroes = 0
  readBytes = 0
  writtenBytes = 0
  errors = 0
  readonly latency = new LatencyHistogram()
  /** Latency since the status line was last drawn. */
  readonly recentLatency = new LatencyHistogram()

  /** A command was answered. */
  answered(type: number, length: number, error: number, latencyUs: number): void {
    this.latency.record(latencyUs)
    this.recentLatency.record(latencyUs)
    if (error !== 0) {
      this.errors++
      return
    }
    switch (type) {
      case CMD_READ:
        this.reads++
        this.readBytes += length
        break
      case CMD_WRITE:
        this.writes++
        this.writtenBytes += length
        break
      case CMD_FLUSH:
        this.flushes++
        break
      case CMD_TRIM:
        this.trims++
        break
      case CMD_WRITE_ZEROES:
        this.writeZeroes++
        break
      default:
    }
  }

  picture(inFlight: number): NbdStatistics {
    const { latency } = this
    const { connections, clients, refusedConnections, protocolErrors } = this
    const { reads, writes, flushes, trims, writeZeroes } = this
    const { readBytes, writtenBytes, errors } = this
    return {
      connections,
      clients,
      refusedConnections,
      protocolErrors,
      reads,
      writes,
      flushes,
      trims,
      writeZeroes,
      readBytes,
      writtenBytes,
      errors,
      inFlight,
      latencyUs: {
        p50: latency.percentile(0.5),
        p99: latency.percentile(0.99),
        p999: latency.percentile(0.999),
      },
    }
  }
}
