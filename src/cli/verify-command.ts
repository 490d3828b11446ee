/**
 * verify-command.ts: `irpool verify`.
 *
 * Runs on: the main thread of the command.
 * The engine is loaded when it is asked for: `irpool --help` needs none.
 */
import type { Command } from './command.js'

export const verifyCommand: Command = {
  name: 'verify',
  summary: 'run a driver under the verifier: which of KMDF’s rules it breaks, and where',
  async run(argv, streams) {
    const { runVerify } = await import('./verify.js')
    return runVerify(argv, streams)
  },
}
