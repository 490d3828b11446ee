/**
 * main.ts: the micro-benchmarks: what the parts cost by themselves, on one thread.
 *
 *   npm run bench:micro                    all of them
 *   npm run bench:micro -- ring,dispatch   those whose names contain one of these, or match a glob
 *
 * Runs on: the main thread of a process of its own. Needs tinybench, a development dependency.
 * Exit codes: 0 measured, 1 a part did its work wrongly, 2 usage.
 *
 * They find out which part of a change matters; what an engine does, only `irpool bench` tells. The order is
 * that of the table: the null driver comes before drivers that make the same calls go several ways.
 */
import { Bench } from 'tinybench'
import { parseOptions } from '../../src/cli/parse-options.js'
import { EXIT_USAGE, UsageError } from '../../src/cli/usage-error.js'
import { matchesAny, splitPatterns } from '../name-pattern.js'
import { allocatorMicros } from './buddy-allocator.js'
import { dispatchMicros } from './dispatch.js'
import { doorbellMicros } from './doorbell.js'
import { histogramMicros } from './histogram.js'
import type { Micro } from './micro.js'
import { recorderMicros } from './recorder.js'
import { requestMicros } from './request.js'
import { ringMicros } from './ring.js'
import { routeTableMicros } from './route-table.js'
import { slotTableMicros } from './slot-table.js'

const COMMAND = 'bench:micro'
const TIME_MS = 150
const OPTIONS = { 'time-ms': { type: 'string' } } as const
const TIME_LIMITS = { min: 1, max: 60_000, integer: true, unit: 'milliseconds' }

function createBench(micros: readonly Micro[], timeMs: number): Bench {
  const bench = new Bench({ time: timeMs, warmupTime: timeMs / 2, throws: true })
  for (const { name, run } of micros) {
    bench.add(name, () => {
      const ms = run()
      return ms === undefined ? undefined : { overriddenDuration: ms }
    })
  }
  return bench
}

function renderRow(micro: Micro, bench: Bench): string {
  const result = bench.getTask(micro.name)?.result
  if (result === undefined || !('latency' in result)) return `${micro.name}  not measured`
  const { p50, min, samplesCount } = result.latency
  const nsPerOperation = (ms: number) => ((ms * 1e6) / micro.operations).toFixed(2).padStart(9)
  const samples = String(samplesCount).padStart(9)
  return `${nsPerOperation(p50)}${nsPerOperation(min)}${samples}  ${micro.name}`
}

async function main(argv: readonly string[]): Promise<number> {
  const given = parseOptions(COMMAND, argv, OPTIONS, ['PATTERNS'])
  const timeMs = given.number('time-ms', TIME_MS, TIME_LIMITS)
  const all = [
    ...ringMicros,
    ...slotTableMicros,
    ...doorbellMicros,
    ...allocatorMicros,
    ...histogramMicros,
    ...(await recorderMicros()),
    ...(await dispatchMicros()),
    ...(await routeTableMicros()),
    ...(await requestMicros()),
  ]
  const patterns = given.positionals.flatMap(splitPatterns)
  const micros = patterns.length === 0 ? all : all.filter(({ name }) => matchesAny(name, patterns))
  if (micros.length === 0) {
    throw new UsageError(COMMAND, `nothing matches '${patterns.join(',')}'`)
  }
  const bench = createBench(micros, timeMs)
  bench.runSync()
  process.stdout.write('nanoseconds per operation, one thread\n   median  fastest  samples\n')
  for (const micro of micros) process.stdout.write(`${renderRow(micro, bench)}\n`)
  return 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = EXIT_USAGE
}
