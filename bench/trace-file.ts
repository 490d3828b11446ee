/**
 * trace-file.ts: the block trace that a command line names: read whole before anything is measured, for a line
 * that makes no sense is a mistake of the command line, not a failure of the variant that replays it; and a
 * trace goes with a variant that replays one.
 *
 * Runs on: the main thread of the command. Each variant reads the file again, in its own process.
 */
import { UsageError } from '../src/cli/usage-error.js'

/** Throws UsageError when the file is no block trace. */
export async function requireTrace(command: string, file: string): Promise<void> {
  const { TraceError, readBlockTrace } = await import('../native-sim/index.js')
  try {
    await readBlockTrace(file)
  } catch (error) {
    if (!(error instanceof TraceError)) throw error
    throw new UsageError(command, `--trace '${file}': ${error.message}`)
  }
}

/** @param what the words that asked for variants of which all replay a trace */
export function missingTrace(command: string, what: string): UsageError {
  return new UsageError(command, `${what}: this replays a block trace: give one with --trace FILE`)
}

export function unusedTrace(command: string, file: string): UsageError {
  return new UsageError(
    command,
    `--trace '${file}': nothing of what runs replays a trace: leave it out, or ask for trace/replay`,
  )
}
