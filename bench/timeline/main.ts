/**
 * main.ts: `irpool timeline`, and the `--timeline` of `irpool bench`.
 *
 * Runs on: the main thread of the command. Loaded by URL from src/cli/timeline-command.ts.
 */
import { writeFileSync } from 'node:fs'
import type { CommandStreams } from '../../src/cli/command.js'
import { reportUsageError } from '../../src/cli/usage-error.js'
import { readEnvironment } from '../environment.js'
import { EXIT_FAILED, EXIT_OK } from '../exit-codes.js'
import { formatCount } from '../format.js'
import { record } from './recorder.js'
import type { RecordingPlan } from './recording.js'
import { COMMAND, DEFAULT_PLAN, HELP, parseTimelineOptions } from './timeline-options.js'
import { toTrace } from './trace-events.js'

/** Records what these words of the command line ask for and answers the exit code. */
export async function runTimeline(
  argv: readonly string[],
  streams: CommandStreams,
): Promise<number> {
  try {
    const { help, file, plan } = parseTimelineOptions(argv)
    if (help) {
      streams.stdout.write(HELP)
      return EXIT_OK
    }
    return (await writeTimeline(file, plan, streams)) ? EXIT_OK : EXIT_FAILED
  } catch (error) {
    return reportUsageError(error, streams.stderr)
  }
}

/** Records and writes; says what was written, or on stderr why not. Never rejects. */
export async function writeTimeline(
  file: string,
  given: Partial<RecordingPlan>,
  { stdout, stderr }: CommandStreams,
): Promise<boolean> {
  const plan = { ...DEFAULT_PLAN, ...given }
  try {
    const recording = await record(plan)
    const { node, cpu, cores, commit, date } = readEnvironment()
    const trace = toTrace(recording, { node, cpu, cores, commit, date, ...plan })
    writeFileSync(file, JSON.stringify(trace))
    const count = plan.requests === 1 ? '1 request' : `${formatCount(plan.requests)} requests`
    stdout.write(`time line of ${count}: ${file} (open it in https://ui.perfetto.dev)\n`)
    return true
  } catch (error) {
    stderr.write(
      `${COMMAND}: '${file}': ${error instanceof Error ? error.message : String(error)}\n`,
    )
    return false
  }
}
