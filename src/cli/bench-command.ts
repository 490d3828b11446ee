/**
 * bench-command.ts: `irpool bench`.
 *
 * Runs on: the main thread of the command.
 * The benchmark is loaded by URL when it is asked for: nothing under src depends on bench.
 */
import type { Command, CommandStreams } from './command.js'

interface BenchModule {
  runBench(argv: readonly string[], io: CommandStreams): Promise<number>
}

export const benchCommand: Command = {
  name: 'bench',
  summary: 'measure requests per second, side by side with what one would use instead',
  async run(argv, streams) {
    const url = new URL('../../bench/main.js', import.meta.url)
    const bench: BenchModule = await import(url.href)
    return bench.runBench(argv, streams)
  },
}
