/**
 * profile-command.ts: `irpool profile`.
 *
 * Runs on: the main thread of the command.
 * Loaded by URL when it is asked for, as the benchmark is: nothing under src depends on bench.
 */
import type { Command, CommandStreams } from './command.js'

interface ProfileModule {
  runProfile(argv: readonly string[], streams: CommandStreams): Promise<number>
}

export const profileCommand: Command = {
  name: 'profile',
  summary:
    'run a variant of the benchmark under node --prof and show where every thread spends its time',
  async run(argv, streams) {
    const url = new URL('../../bench/profile/main.js', import.meta.url)
    const profile: ProfileModule = await import(url.href)
    return profile.runProfile(argv, streams)
  },
}
