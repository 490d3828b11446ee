/**
 * An idle engine: parked workers, next to no processor time, and awake at once when work comes.
 */
import { describe, expect, it } from 'vitest'
import { BEHAVE } from '../fixtures/drivers/behaviours.js'
import { drivers, Engine, fixture } from './built.js'
import { pause, runScript } from './helpers.js'

describe('an idle engine', () => {
  for (const waitStrategy of ['adaptive', 'park', 'event-loop'] as const) {
    it(`uses little processor time (${waitStrategy})`, async () => {
      await using engine = await Engine.start({ workers: 2, waitStrategy })
      await engine.addDevice({ name: 'null', driver: drivers.null })
      const file = await engine.open('null')
      for (let i = 0; i < 200; i++) await file.read(new Uint8Array(4))
      await pause(300)
      const before = process.cpuUsage()
      const started = performance.now()
      await pause(1000)
      const { user, system } = process.cpuUsage(before)
      const share = (user + system) / 1000 / (performance.now() - started)
      console.log(`idle, ${waitStrategy}: ${(100 * share).toFixed(2)} % of a core (2 workers)`)
      expect(share).toBeLessThan(0.2)
      // It slept all the time, and still hears the next request.
      expect((await file.read(new Uint8Array(4))).status).toBe(0)
      await engine.stop()
      expect(engine.statistics().map(({ rescues }) => rescues)).toEqual([0, 0])
      expect(engine.channel.sleeper.rescues).toBe(0)
    })
  }

  it('wakes for every single request after a sleep', async () => {
    await using engine = await Engine.start({ workers: 1 })
    await engine.addDevice({ name: 'null', driver: drivers.null })
    const file = await engine.open('null')
    for (let i = 0; i < 200; i++) {
      // 0 to 9 ms: just before, while and after it goes to sleep.
      await pause(i % 10)
      expect((await file.read(new Uint8Array(4))).status).toBe(0)
    }
    expect(engine.statistics()[0]?.parks).toBeGreaterThan(0)
    expect(engine.channel.sleeper.rescues).toBe(0)
  })

  it('busy-spin never parks, and yet gives its event loop turns', async () => {
    // In a process of its own: a spinning thread that cannot be stopped would slow down everything after it.
    const script = `
      import { Engine } from 'irpool'
      const engine = await Engine.start({ workers: 1, waitStrategy: 'busy-spin' })
      await engine.addDevice({ name: 'b', driver: ${JSON.stringify(fixture('behaviours').href)} })
      const file = await engine.open('b')
      for (const offset of ${JSON.stringify([0, BEHAVE.asyncComplete, BEHAVE.timerComplete])}) {
        await file.read(new Uint8Array(4), { offset })
      }
      await engine.stop()
      process.exitCode = 10 + engine.statistics()[0].parks
    `
    expect(await runScript(script, 10_000)).toEqual({ exitCode: 10, lines: [] })
  })
})
