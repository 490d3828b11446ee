/**
 * command-table.ts: all subcommands of `irpool`, in the order of its help.
 *
 * Runs on: the main thread of the command.
 * A command loads what it needs inside its `run`, so that `irpool --version` starts nothing.
 */
import { benchCommand } from './bench-command.js'
import type { Command } from './command.js'
import { profileCommand } from './profile-command.js'
import { serveCommand } from './serve-command.js'
import { timelineCommand } from './timeline-command.js'
import { traceCommand } from './trace-command.js'
import { treeCommand } from './tree-command.js'
import { verifyCommand } from './verify-command.js'

export const COMMANDS: readonly Command[] = [
  benchCommand,
  profileCommand,
  timelineCommand,
  traceCommand,
  treeCommand,
  verifyCommand,
  serveCommand,
]
