/**
 * trace-replay.ts: the requests of a real machine's disk against the RAM disk, and through the storage pair (an SRB
 * a request) against its RAM miniport, as fast as they go through, every read verified. And through the pair to its
 * null miniport, which moves no data and so can verify none: what the pair itself costs.
 *
 * Runs on: the main thread of a child process; the requests come from native-sim's producer thread.
 *
 * The window is the whole trace, once, on a blank disk; of a very long one, what goes through in a quarter
 * of a minute. The warm-up replays its beginning on a disk of its own.
 */
import type { Engine } from '../../src/index.js'
import type { BlockTrace, InterruptProducer, ProducerReport } from '../../native-sim/index.js'
import { addLedgers } from '../ledger.js'
import type { Measurement, Scenario, ScenarioContext, Skipped } from '../scenario.js'
import { EngineWindow } from './engine-window.js'
import { HARDWARE_GROUP } from './groups.js'
import { measureOnEngine } from './null-devices.js'
import { complaintsAbout } from './producer-check.js'

const DEPTH = 64
/** The orchestrator takes a child that needs much longer for one that hangs. */
const MOST_MS = 15_000
/** Without data a trace is over too soon to be timed: it goes through so many times. */
const PASSES_WITHOUT_DATA = 20

type ProducerClass = typeof InterruptProducer

async function replay(
  producer: ProducerClass,
  engine: Engine,
  trace: BlockTrace,
  device: string,
  verify: boolean,
  durationMs: number,
): Promise<ProducerReport> {
  const { finished } = await producer.start(engine, {
    device,
    arrival: { kind: 'trace', trace, pace: 'as-fast-as-possible' },
    depth: DEPTH,
    verify,
    durationMs,
  })
  return finished
}

interface TraceDisk {
  readonly name: string
  readonly unit: string
  readonly title: string
  readonly driver: 'ramdisk' | 'storage'
  readonly miniport?: 'ram' | 'null'
  readonly verify: boolean
}

async function run(
  { driver, miniport, verify }: TraceDisk,
  { warmupMs, options }: ScenarioContext,
): Promise<Measurement | Skipped> {
  if (options.trace === undefined) return { skipped: 'needs a block I/O trace: --trace FILE' }
  const { drivers } = await import('../../src/index.js')
  const { InterruptProducer: producer, readBlockTrace } = await import('../../native-sim/index.js')
  const once = await readBlockTrace(options.trace)
  const trace = verify ? once : repeated(once, PASSES_WITHOUT_DATA)
  const parameters = { miniport, bytes: trace.highestByte }
  const disk = { driver: drivers[driver], parameters }
  const devices = [
    { ...disk, name: 'warm-up' },
    { ...disk, name: 'disk' },
  ]
  return measureOnEngine({ workers: 1, devices }, async function measureReplay(engine) {
    const warm = await replay(producer, engine, trace, 'warm-up', verify, Math.max(1, warmupMs))
    await engine.removeDevice('warm-up')
    const window = new EngineWindow(engine)
    window.begin()
    const report = await replay(producer, engine, trace, 'disk', verify, MOST_MS)
    const { cpuSeconds } = window.end()
    const complaints = {
      ...complaintsAbout(warm, { verify }),
      ...complaintsAbout(report, { verify }),
    }
    const isWhole = report.endedBy === 'duration' || report.requests === trace.count
    const bytes = report.bytesRead + report.bytesWritten
    return {
      operations: report.requests,
      seconds: report.seconds,
      cpuSeconds,
      latencyNs: report.latencyNs,
      checksumOk: isWhole && Object.keys(complaints).length === 0,
      ledger: addLedgers(warm.ledger, report.ledger),
      counters: window.counters(),
      notes: {
        requestsInTrace: once.count,
        ...(verify
          ? {
              megabytesPerSecond: Math.round(bytes / report.seconds / 1e6),
              checksum: report.checksum,
            }
          : { passes: PASSES_WITHOUT_DATA }),
        ...complaints,
      },
    }
  })
}

/** The trace, so many times one after the other. */
function repeated(trace: BlockTrace, passes: number): BlockTrace {
  const { timeUs, isWrite, sizeBytes, offsetBytes } = trace
  const columns = {
    timeUs: new Float64Array(passes * trace.count),
    isWrite: new Uint8Array(passes * trace.count),
    sizeBytes: new Int32Array(passes * trace.count),
    offsetBytes: new Float64Array(passes * trace.count),
  }
  for (let at = 0; at < passes * trace.count; at += trace.count) {
    columns.timeUs.set(timeUs, at)
    columns.isWrite.set(isWrite, at)
    columns.sizeBytes.set(sizeBytes, at)
    columns.offsetBytes.set(offsetBytes, at)
  }
  return { ...trace, ...columns, count: passes * trace.count }
}

function traceScenario(disk: TraceDisk): Scenario {
  const { name, unit, title, driver, verify } = disk
  const how = verify ? 'every read verified' : 'no data moved, none verified'
  return {
    name,
    unit,
    group: HARDWARE_GROUP,
    title: `${title}, a recorded trace as fast as possible, ${how}, ${DEPTH} in flight`,
    quick: driver === 'ramdisk',
    needsTrace: true,
    run: (context) => run(disk, context),
  }
}

export const traceScenarios: readonly Scenario[] = [
  traceScenario({
    name: 'trace/replay',
    unit: 'IRP/s',
    title: 'RAM disk',
    driver: 'ramdisk',
    verify: true,
  }),
  traceScenario({
    name: 'trace/storage',
    unit: 'SRB/s',
    title: 'storage pair over its RAM miniport',
    driver: 'storage',
    miniport: 'ram',
    verify: true,
  }),
  traceScenario({
    name: 'trace/storage-null',
    unit: 'SRB/s',
    title: 'storage pair alone (null miniport)',
    driver: 'storage',
    miniport: 'null',
    verify: false,
  }),
]
