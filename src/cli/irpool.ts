#!/usr/bin/env node
/**
 * irpool.ts: the `irpool` command.
 *
 * Runs on: the main thread. Sets the exit code and lets the process end by itself, so that output through
 * a pipe is complete.
 */
import { runCommandLine } from './command-line.js'
import { COMMANDS } from './command-table.js'

const argv = process.argv.slice(2)
const isServer = COMMANDS.some(({ name, isServer: serves }) => name === argv[0] && serves === true)

// `irpool … | head` closes the pipe early; that is no failure worth a stack trace. A server's clients are no
// business of whoever read its lines.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  if (!isServer) process.exit(0)
})
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

try {
  process.exitCode = await runCommandLine(argv, COMMANDS, process)
} catch (error) {
  process.stderr.write(`irpool: ${error instanceof Error ? error.message : String(error)}\n`)
  if (process.env['NODE_DEBUG']?.includes('irpool') && error instanceof Error) {
    process.stderr.write(`${error.stack}\n`)
  }
  process.exitCode = 1
}
