/**
 * timeline-command.ts: `irpool timeline`.
 *
 * Runs on: the main thread of the command.
 * Loaded by URL when it is asked for, as the benchmark is: nothing under src depends on bench.
 */
import type { Command, CommandStreams } from './command.js'

interface TimelineModule {
  runTimeline(argv: readonly string[], streams: CommandStreams): Promise<number>
}

export const timelineCommand: Command = {
  name: 'timeline',
  summary: 'record some requests step by step, as a trace for ui.perfetto.dev',
  async run(argv, streams) {
    const url = new URL('../../bench/timeline/main.js', import.meta.url)
    const timeline: TimelineModule = await import(url.href)
    return timeline.runTimeline(argv, streams)
  },
}
