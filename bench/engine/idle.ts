/**
 * idle.ts: what an engine costs that has an open file and nothing to do.
 *
 * Runs on: the main thread of a child process, which sleeps too.
 * The figure is the CPU time of the whole process, main and workers, in per cent of one core.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Measurement, Scenario, ScenarioContext } from '../scenario.js'
import { EngineWindow } from './engine-window.js'
import { IDLE_GROUP } from './groups.js'
import { measureOnEngine, nullDevices } from './null-devices.js'

/** Longer than other windows: the little that happens does so every 50 ms. */
const WINDOW_MS = 1000
/** Until the workers have gone to sleep. */
const SETTLE_MS = 100

async function run({ options }: ScenarioContext): Promise<Measurement> {
  const { workers } = options
  const devices = await nullDevices(workers)
  return measureOnEngine({ workers, devices }, async function measureIdle(engine) {
    const file = await engine.open('null0')
    const { status } = await file.read(new Uint8Array(1))
    const window = new EngineWindow(engine)
    await delay(SETTLE_MS)
    window.begin()
    await delay(WINDOW_MS)
    const figures = window.end()
    return {
      operations: 0,
      value: (figures.cpuSeconds / figures.seconds) * 100,
      ...figures,
      checksumOk: status === 0 && window.requests === 0,
      counters: window.counters(),
    }
  })
}

export const idleScenarios: readonly Scenario[] = [
  {
    name: 'idle/engine',
    unit: '% of a core',
    group: IDLE_GROUP,
    title: 'an engine with an open file, for a second',
    lowerIsBetter: true,
    run,
  },
]
