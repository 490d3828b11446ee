/**
 * measure-workload.ts: one measurement of a workload: engine, devices, hosts on threads of their own, and what
 * came of it.
 *
 * Runs on: the main thread of a child process, which sleeps while the hosts send.
 */
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { addLedgers, type Engine } from '../../src/index.js'
import { EngineWindow } from '../engine/engine-window.js'
import { measureOnEngine } from '../engine/null-devices.js'
import type { Counters, GcPauses, Measurement, ScenarioContext } from '../scenario.js'
import { GC_FLOATS } from './bench-driver.js'
import { hostHistogramsBuffer, mergeHistograms } from './host-histograms.js'
import type { HostJob, HostReport } from './host-thread.js'
import { createStamps } from './stamps.js'
import { channelOptionsOf, workloadDevices, writesStamps } from './workload-devices.js'
import type { Workload } from './workload.js'

/** Of main's own channel, which only opens and closes. */
const OWN_SLOTS = 64
const OWN_BYTES = 4096
/** Below this share of what was asked for, an open loop did not keep up. */
const KEPT_UP = 0.98

/** Runs it, with a closed loop before it where its rate is a share of the peak. */
export async function measureWorkload(
  workload: Workload,
  context: ScenarioContext,
): Promise<Measurement> {
  const { rate } = workload
  if (rate.kind === 'closed') return measureAt(workload, 0, context)
  if (rate.kind === 'per-second') return measureAt(workload, rate.requests, context)
  // The same driver and the same books, so that the peak is that of this very load.
  const closed: Workload = { ...workload, rate: { kind: 'closed' }, timesAll: true }
  const peak = await measureAt(closed, 0, context)
  if (!peak.checksumOk) return peak
  const peakRate = Math.round(peak.operations / peak.seconds)
  const measurement = await measureAt(workload, peakRate * rate.share, context)
  const ledgers = [peak.ledger!, measurement.ledger!]
  return {
    ...measurement,
    ledger: addLedgers(ledgers),
    notes: { ...measurement.notes, peakRate },
  }
}

async function measureAt(
  workload: Workload,
  rateHz: number,
  context: ScenarioContext,
): Promise<Measurement> {
  const { hosts, workers, depth, blockBytes, waitStrategy } = workload
  const { warmupMs, durationMs } = context
  const stamps = writesStamps(workload) ? createStamps(hosts * depth, blockBytes) : undefined
  const gc = new SharedArrayBuffer(workers * GC_FLOATS * 8)
  const devices = workloadDevices(workload, stamps, gc)
  const deviceNames = devices.map(({ name }) => name)
  const histograms = hostHistogramsBuffer(hosts)
  const options = { workers, waitStrategy, devices, slots: OWN_SLOTS, bufferBytes: OWN_BYTES }
  return measureOnEngine(options, async function measureHosts(engine) {
    const plan = { workload, deviceNames, histograms, stamps, warmupMs, durationMs }
    const threads = await startHosts(engine, { ...plan, rateHz: rateHz / hosts })
    const window = new EngineWindow(engine)
    const reports = Promise.all(threads.map(reportOf))
    for (const thread of threads) thread.postMessage('go')
    await delay(warmupMs)
    window.begin()
    const gcBefore = new Float64Array(gc).slice()
    await delay(durationMs)
    const { seconds, cpuSeconds } = window.end()
    for (const thread of threads) thread.postMessage('close')
    const answers = await reports
    const { growth, ...latencies } = mergeHistograms(histograms, hosts)
    const hostSeconds = sumOf(answers, 'seconds') / hosts
    const measured = {
      operations: sumOf(answers, 'operations'),
      seconds: hostSeconds,
      // Main's window and those of the hosts are equally long but for some microseconds.
      cpuSeconds: (cpuSeconds * hostSeconds) / seconds,
      bytesAllocated: sumOf(answers, 'bytesAllocated'),
      scavenges: sumOf(answers, 'scavenges'),
      gc: hostPauses(answers),
      counters: countersOf(window, answers),
      ledger: addLedgers(answers.map(({ ledger }) => ledger)),
      ...latencies,
    }
    const complaints = Object.assign({}, ...answers.map((answer) => answer.complaints))
    const rateNotes = rateHz === 0 ? {} : openLoopNotes(measured, rateHz, growth)
    return {
      ...measured,
      checksumOk: Object.keys(complaints).length === 0,
      notes: {
        ...rateNotes,
        ...(workload.verify ? { verifiedReads: sumOf(answers, 'verifiedReads') } : {}),
        ...workerGcNotes(gcBefore, new Float64Array(gc)),
        ...complaints,
      },
    }
  })
}

/** A thread a host, each with a channel of its own, ready to send. */
async function startHosts(
  engine: Engine,
  plan: Omit<HostJob, 'host' | 'channel'>,
): Promise<Worker[]> {
  const script = new URL('./host-thread.js', import.meta.url)
  const threads: Worker[] = []
  for (let host = 0; host < plan.workload.hosts; host++) {
    const channel = await engine.openChannel(channelOptionsOf(plan.workload))
    const workerData: HostJob = { ...plan, host, channel: channel.transfer() }
    const thread = new Worker(script, { workerData })
    threads.push(thread)
    await once(thread, 'message')
  }
  return threads
}

async function reportOf(thread: Worker): Promise<HostReport> {
  const [report]: HostReport[] = await once(thread, 'message')
  return report!
}

function sumOf(
  reports: readonly HostReport[],
  key:
    | 'operations'
    | 'seconds'
    | 'bytesAllocated'
    | 'scavenges'
    | 'verifiedReads'
    | 'parks'
    | 'rescues'
    | 'wakeUps',
): number {
  return reports.reduce((sum, report) => sum + report[key], 0)
}

function hostPauses(reports: readonly HostReport[]): GcPauses {
  const pauses = reports.map(({ gc }) => gc)
  return {
    count: pauses.reduce((sum, { count }) => sum + count, 0),
    totalMs: pauses.reduce((sum, { totalMs }) => sum + totalMs, 0),
    maxMs: Math.max(...pauses.map(({ maxMs }) => maxMs)),
  }
}

/** Main's own channel does nothing: the hosts are those of the threads. Their counts are of the whole run. */
function countersOf(window: EngineWindow, reports: readonly HostReport[]): Counters {
  const counters = window.counters()
  return {
    ...counters,
    hostParks: sumOf(reports, 'parks'),
    workerWakeUps: sumOf(reports, 'wakeUps'),
    rescues: counters.rescues + sumOf(reports, 'rescues'),
  }
}

function openLoopNotes(
  { operations, seconds }: { readonly operations: number; readonly seconds: number },
  rateHz: number,
  growth: number | undefined,
): Record<string, number | string> {
  const reached = operations / seconds
  return {
    latencyFrom: 'intended send time',
    offeredRate: Math.round(rateHz),
    ...(growth === undefined ? {} : { p99SecondHalfByFirst: Math.round(growth * 100) / 100 }),
    ...(reached < KEPT_UP * rateHz
      ? { overloaded: 'the rate was not reached: latencies grow with the length of the run' }
      : {}),
  }
}

/** What the bench driver saw of its worker's collector; nothing where another driver ran. */
function workerGcNotes(before: Float64Array, after: Float64Array): Record<string, number> {
  let count = 0
  let totalMs = 0
  for (let at = 0; at < after.length; at += GC_FLOATS) {
    count += after[at]! - before[at]!
    totalMs += after[at + 1]! - before[at + 1]!
  }
  return count === 0 ? {} : { workerGcs: count, workerGcMs: Math.round(totalMs * 1000) / 1000 }
}
