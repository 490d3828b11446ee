#!/usr/bin/env node
/**
 * irpool.ts: the `irpool` command.
 *
 * Runs on: the main thread. Sets the exit code and lets the process end by itself, so that output through
 * a pipe is complete.
 */
import { runCommandLine } from './command-line.js'
import { COMMANDS } from './command-table.js'

// `irpool … | head` closes the pipe early: no failure worth a stack trace, and no reason to leave a file unwritten,
// a client unserved, or a wrong answer without its exit code.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

try {
  process.exitCode = await runCommandLine(process.argv.slice(2), COMMANDS, process)
} catch (error) {
  process.stderr.write(`irpool: ${error instanceof Error ? error.message : String(error)}\n`)
  if (process.env['NODE_DEBUG']?.includes('irpool') && error instanceof Error) {
    process.stderr.write(`${error.stack}\n`)
  }
  process.exitCode = 1
}
