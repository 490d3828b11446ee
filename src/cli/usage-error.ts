/**
 * usage-error.ts: what is wrong with a command line, said in one line.
 *
 * Runs on: the main thread of the command.
 */

import type { OutputStream } from './command.js'

/** Exit code of every command that was called wrongly. */
export const EXIT_USAGE = 2

/** Names the command, the offending option and value, and what is allowed. */
export class UsageError extends Error {
  readonly code = 'ERR_IRP_USAGE'
  readonly command: string

  constructor(command: string, problem: string) {
    super(`${command}: ${problem}`)
    this.name = 'UsageError'
    this.command = command
  }
}

/** Prints a UsageError with a pointer to the help and answers the exit code; throws anything else again. */
export function reportUsageError(error: unknown, stderr: OutputStream): number {
  if (!(error instanceof UsageError)) throw error
  stderr.write(`${error.message}\nTry '${error.command} --help'.\n`)
  return EXIT_USAGE
}
