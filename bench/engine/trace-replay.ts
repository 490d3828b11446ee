/**
 * trace-replay.ts: the requests of a real machine's disk against the RAM disk, and through the storage pair (an SRB
 * a request) against its RAM miniport, as fast as they go through, every read verified.
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
const VERIFIED = { verify: true }

type ProducerClass = typeof InterruptProducer

async function replay(
  producer: ProducerClass,
  engine: Engine,
  trace: BlockTrace,
  device: string,
  durationMs: number,
): Promise<ProducerReport> {
  const { finished } = await producer.start(engine, {
    device,
    arrival: { kind: 'trace', trace, pace: 'as-fast-as-possible' },
    depth: DEPTH,
    ...VERIFIED,
    durationMs,
  })
  return finished
}

type Disk = 'ramdisk' | 'storage'

async function run(
  kind: Disk,
  { warmupMs, options }: ScenarioContext,
): Promise<Measurement | Skipped> {
  if (options.trace === undefined) return { skipped: 'needs a block I/O trace: --trace FILE' }
  const { drivers } = await import('../../src/index.js')
  const { InterruptProducer: producer, readBlockTrace } = await import('../../native-sim/index.js')
  const trace = await readBlockTrace(options.trace)
  const parameters = { miniport: 'ram', bytes: trace.highestByte }
  const disk = { driver: drivers[kind], parameters }
  const devices = [
    { ...disk, name: 'warm-up' },
    { ...disk, name: 'disk' },
  ]
  return measureOnEngine({ workers: 1, devices }, async function measureReplay(engine) {
    const warm = await replay(producer, engine, trace, 'warm-up', Math.max(1, warmupMs))
    await engine.removeDevice('warm-up')
    const window = new EngineWindow(engine)
    window.begin()
    const report = await replay(producer, engine, trace, 'disk', MOST_MS)
    const { cpuSeconds } = window.end()
    const complaints = { ...complaintsAbout(warm, VERIFIED), ...complaintsAbout(report, VERIFIED) }
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
        requestsInTrace: trace.count,
        megabytesPerSecond: Math.round(bytes / report.seconds / 1e6),
        checksum: report.checksum,
        ...complaints,
      },
    }
  })
}

function traceScenario(kind: Disk, name: string, unit: string, title: string): Scenario {
  return {
    name,
    unit,
    group: HARDWARE_GROUP,
    title: `${title}, a recorded trace as fast as possible, every read verified, ${DEPTH} in flight`,
    quick: kind === 'ramdisk',
    needsTrace: true,
    run: (context) => run(kind, context),
  }
}

export const traceScenarios: readonly Scenario[] = [
  traceScenario('ramdisk', 'trace/replay', 'IRP/s', 'RAM disk'),
  traceScenario('storage', 'trace/storage', 'SRB/s', 'storage pair over its RAM miniport'),
]
