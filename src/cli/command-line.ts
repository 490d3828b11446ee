/**
 * command-line.ts: finds the subcommand, answers --help and --version, turns usage errors into exit code 2.
 *
 * Runs on: the main thread of the command.
 */
import { createRequire } from 'node:module'
import type { Command, CommandStreams } from './command.js'
import { suggest } from './edit-distance.js'
import { EXIT_USAGE, UsageError, reportUsageError } from './usage-error.js'

const PROGRAM = 'irpool'
const GLOBAL_OPTIONS = ['--help', '--version']

/** Runs one command line (without node and script) and answers the exit code. */
export async function runCommandLine(
  argv: readonly string[],
  commands: readonly Command[],
  streams: CommandStreams,
): Promise<number> {
  try {
    return await dispatch(argv, commands, streams)
  } catch (error) {
    return reportUsageError(error, streams.stderr)
  }
}

async function dispatch(
  argv: readonly string[],
  commands: readonly Command[],
  streams: CommandStreams,
): Promise<number> {
  const [first, ...rest] = argv
  switch (first) {
    case undefined:
      streams.stderr.write(helpText(commands))
      return EXIT_USAGE
    case '-h':
    case '--help':
      streams.stdout.write(helpText(commands))
      return 0
    case '-v':
    case '--version':
      streams.stdout.write(`${readVersion()}\n`)
      return 0
    case 'help':
      if (rest.length > 0) return dispatch([...rest, '--help'], commands, streams)
      return dispatch(['--help'], commands, streams)
    default:
      return findCommand(first, commands).run(rest, streams)
  }
}

function findCommand(word: string, commands: readonly Command[]): Command {
  const command = commands.find(({ name }) => name === word)
  if (command !== undefined) return command
  const isOption = word.startsWith('-')
  const known = isOption ? GLOBAL_OPTIONS : [...commands.map(({ name }) => name), 'help']
  throw new UsageError(
    PROGRAM,
    `unknown ${isOption ? 'option' : 'command'} '${word}'${suggest(word, known)}`,
  )
}

function helpText(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return `Usage: ${PROGRAM} COMMAND [options]

Driver-style I/O request dispatch for Node.js worker threads.

Commands:
${lines.join('\n')}

Options:
  -h, --help     this text; '${PROGRAM} COMMAND --help' for a command's own
  -v, --version  the version of this package

Examples:
  ${PROGRAM} bench --quick            ten seconds, a first impression
  ${PROGRAM} bench --json run.json    a minute, with the figures in a file
  ${PROGRAM} help bench               all options of the benchmark
`
}

/** The version in this package's own package.json, wherever it is installed. */
export function readVersion(): string {
  const manifest: { version: string } = createRequire(import.meta.url)('irpool/package.json')
  return manifest.version
}
