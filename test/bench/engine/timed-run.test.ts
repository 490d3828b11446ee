import { afterEach, describe, expect, it, vi } from 'vitest'
import { runTimed } from '../../../bench/engine/timed-run.js'

const FIGURES = {
  seconds: 1,
  cpuSeconds: 1,
  bytesAllocated: 0,
  scavenges: 0,
  gc: { count: 0, totalMs: 0, maxMs: 0 },
}

describe('runTimed', () => {
  afterEach(() => void vi.restoreAllMocks())

  it('opens the window after the warm-up and counts only what was completed inside', async () => {
    let nowMs = 0
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
    const atEvents: [string, number][] = []
    let completed = 0
    const load = {
      turns() {
        nowMs++
        completed += 10
      },
      completed: () => completed,
      begin: () => void atEvents.push(['begin', nowMs]),
      end() {
        atEvents.push(['end', nowMs])
        return FIGURES
      },
    }
    const options = { workers: 1, quick: false }
    const result = await runTimed(load, { warmupMs: 12, durationMs: 30, options })
    expect(atEvents).toEqual([
      ['begin', 12],
      ['end', 42],
    ])
    expect(result).toEqual({ ...FIGURES, operations: 300 })
  })

  it('lets the event loop turn meanwhile', async () => {
    let loopTurns = 0
    const timer = setInterval(() => loopTurns++, 1)
    const load = { turns() {}, completed: () => 0, begin() {}, end: () => FIGURES }
    await runTimed(load, { warmupMs: 0, durationMs: 60, options: { workers: 1, quick: false } })
    clearInterval(timer)
    expect(loopTurns).toBeGreaterThan(0)
  })
})
