/**
 * host-thread.ts: a thread that is a host: takes over a channel, opens the devices, runs its load, reports.
 *
 * Runs on: a worker thread of measure-workload.ts. It says `ready`, and starts at main's next message; it gives
 * its channel up at the one after that, so that main can read what the workers counted about it, and ends with
 * a HostReport.
 */
import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { Random } from '../../native-sim/index.js'
import { createArrivals } from '../../native-sim/producer-arrival.js'
import { RequestVerifier } from '../../native-sim/request-verifier.js'
import { attachChannel } from '../../src/index.js'
import type { ChannelDescriptor, Ledger } from '../../src/index.js'
import { runTimed } from '../engine/timed-run.js'
import { MeasurementWindow, type WindowFigures } from '../measurement-window.js'
import { HostHistograms } from './host-histograms.js'
import { HostLoad, TIME_EVERY } from './host-load.js'
import { HALF, PlaceBooks } from './place-books.js'
import { createSharedClock } from '../../native-sim/shared-clock.js'
import type { StampsPlan } from './stamps.js'
import { addressingOf, spanBytesOf } from './workload-devices.js'
import { effectiveBatch, type Workload } from './workload.js'

export interface HostJob {
  readonly workload: Workload
  readonly host: number
  readonly channel: ChannelDescriptor
  readonly deviceNames: readonly string[]
  /** Of this host, a second; 0 in a closed loop. */
  readonly rateHz: number
  readonly histograms: SharedArrayBuffer
  readonly stamps: StampsPlan | undefined
  readonly warmupMs: number
  readonly durationMs: number
}

export interface HostReport extends WindowFigures {
  readonly operations: number
  /** What was wrong; nothing when all was right. */
  readonly complaints: Readonly<Record<string, number | string>>
  readonly verifiedReads: number
  readonly ledger: Ledger
  readonly parks: number
  readonly rescues: number
  /** Workers woken. */
  readonly wakeUps: number
}

const job: HostJob = workerData
const { workload, host } = job

const channel = attachChannel(job.channel)
const files = await Promise.all(job.deviceNames.map((name) => channel.open(name)))
const histograms = new HostHistograms(job.histograms, host)
const load = createLoad()
parentPort!.postMessage('ready')
await once(parentPort!, 'message')
const closing = once(parentPort!, 'message')
parentPort!.postMessage(await runLoad())

function createLoad(): HostLoad {
  const { depth, blockBytes, readPercent, arrival, verify } = workload
  const buffers = Array.from({ length: depth }, () => channel.allocate(blockBytes))
  const seed = host + 1
  const verifiers = verify
    ? files.map(
        (_, device) =>
          new RequestVerifier(
            device + 1,
            true,
            buffers.map(({ bytes }) => bytes),
          ),
      )
    : []
  const clock = createSharedClock()
  const { rateHz } = job
  const kind = arrival === 'fixed' ? 'fixed-rate' : 'poisson'
  return new HostLoad({
    channel,
    files,
    buffers,
    books: new PlaceBooks({
      depth,
      host,
      blockBytes,
      histograms,
      verifiers,
      checksInformation: workload.handler.kind !== 'module',
      stamps: job.stamps === undefined ? null : new Float64Array(job.stamps.buffer),
    }),
    batch: rateHz === 0 ? effectiveBatch(workload) : workload.batch,
    blockBytes,
    timeEvery: workload.timesAll ? 1 : TIME_EVERY,
    arrivals: rateHz === 0 ? null : createArrivals({ kind, rateHz }, seed),
    addressing: addressingOf(workload),
    spanBytes: spanBytesOf(workload),
    firstByte: host * spanBytesOf(workload),
    readPercent,
    random: new Random(seed),
    verifiers,
    clock,
  })
}

async function runLoad(): Promise<HostReport> {
  const window = new MeasurementWindow()
  const clock = createSharedClock()
  load.begin()
  const timed = {
    turns: function hostLoadTurns() {
      load.turns()
    },
    completed: () => load.books.completed,
    begin() {
      histograms.reset()
      // What fell due while the code was still being compiled is not this window's backlog.
      load.begin()
      load.books.times[HALF] = clock() + (job.durationMs / 2) * 1e6
      window.begin()
    },
    end: () => window.end(),
  }
  const { warmupMs, durationMs } = job
  const options = { workers: workload.workers, quick: false }
  const figures = await runTimed(timed, { warmupMs, durationMs, options })
  load.drain()
  const wakeUps = channel.ports.reduce((sum, port) => sum + port.bell.rings, 0)
  const { parks, rescues } = channel.sleeper
  await closing
  await channel.close()
  return {
    ...figures,
    complaints: load.books.complaints(),
    verifiedReads: load.books.verifiedReads(),
    ledger: channel.ledger(),
    parks,
    rescues,
    wakeUps,
  }
}
