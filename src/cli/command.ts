/**
 * command.ts: what a subcommand of `irpool` is, and where commands write.
 *
 * Runs on: the main thread of the command.
 */

/** The part of process.stdout that commands use; tests hand in their own. */
export interface OutputStream {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

export interface CommandStreams {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
}

export interface Command {
  readonly name: string
  /** One line for `irpool --help`. */
  readonly summary: string
  /**
   * Runs the command with the words behind its name and answers the exit code. Must know `--help`.
   * May throw UsageError, which is printed and ends with exit code 2.
   */
  run(argv: readonly string[], streams: CommandStreams): Promise<number>
}
