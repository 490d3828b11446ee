/**
 * Runs a case's drivers, each on an engine of its own. Runs on: the test's own thread.
 */
import type { VerifierSettings, ViolationReport } from '../../src/irp/violation-report.js'
import { collectGarbage } from '../../src/verifier/leaks.js'
import { VerifierBench } from './bench.js'
import type { VerifierCase } from './case.js'
import { COMPLETING } from './cases-completing.js'
import { LOCKS } from './cases-locks.js'
import { QUEUES } from './cases-queues.js'
import { SENDING } from './cases-sending.js'

export const CASES: readonly VerifierCase[] = [...COMPLETING, ...SENDING, ...QUEUES, ...LOCKS]

export interface CaseRun {
  readonly bench: VerifierBench
  readonly reports: readonly ViolationReport[]
}

/** The good or the bad driver of a case: added, driven, removed. */
export async function runCase(
  { driver }: VerifierCase,
  isBad: boolean,
  settings: Partial<VerifierSettings> = {},
): Promise<CaseRun> {
  const bench = new VerifierBench(settings)
  const subject = driver(isBad)
  const { drive = () => void bench.read() } = subject
  const isStarted = await bench.add(subject)
  await drive(bench)
  await bench.turns()
  collectGarbage()
  await bench.turns()
  if (isStarted && bench.engine.framework().devices.size > 0) await bench.remove()
  return { bench, reports: bench.reports }
}
