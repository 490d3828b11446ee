/**
 * Transmission options: what a transmission works with, and whom it tells. Types only. Runs on: host.
 */
import type { Socket } from 'node:net'
import type { Channel, IrpFile } from '../index.js'
import type { NbdExport } from './nbd-export.js'
import type { ServerStatistics } from './server-statistics.js'
import type { TransmissionMemory } from './transmission-memory.js'

export interface TransmissionOptions {
  readonly channel: Channel
  readonly file: IrpFile
  readonly memory: TransmissionMemory
  readonly socket: Socket
  readonly subject: NbdExport
  readonly isStructured: boolean
  readonly maximumPayloadBytes: number
  readonly statistics: ServerStatistics
  /** The client said goodbye, or what it sent makes no sense. */
  readonly onLeave: (isProtocolError: boolean) => void
  /** There is something to reap soon. */
  readonly onSubmitted: () => void
  /** There is room again: read on. */
  readonly onRoom: () => void
  /** After `leave` or `onLeave`: everything accepted has been answered. */
  readonly onDrained: () => void
}
