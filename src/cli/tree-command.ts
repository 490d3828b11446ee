/**
 * tree-command.ts: `irpool tree`.
 *
 * Runs on: the main thread of the command.
 * The engine is loaded when it is asked for: `irpool --help` needs none.
 */
import type { Command } from './command.js'

export const treeCommand: Command = {
  name: 'tree',
  summary: 'print the device stacks of a system: drivers, queues, scopes, workers',
  async run(argv, streams) {
    const { runTree } = await import('./tree.js')
    return runTree(argv, streams)
  },
}
