/**
 * Cancel storm on threads: half of all requests are cancelled, wherever they are by then. Completed and
 * cancelled ones are together what was submitted, each of them once.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CancelStorm } from '../../bench/engine/cancel-storm.js'
import type { Engine as EngineType } from '../../src/index.js'
import { Engine, packageRoot } from './built.js'
import { expectBalanced } from './helpers.js'

const REQUESTS = 200_000
const driver = new URL('build/bench/engine/cancel-storm-driver.js', packageRoot)

describe('a cancel storm', () => {
  let engine: EngineType

  beforeAll(async () => {
    engine = await Engine.start({ workers: 1, slots: 2048, bufferBytes: 65_536 })
  })

  afterAll(() => engine.stop())

  it.each([1, 0x2545_f491, -7])(
    `of ${REQUESTS} requests, seed %i: each ends once, cancelled or with its own result`,
    async (seed) => {
      const name = `storm ${seed}`
      await engine.addDevice({ name, driver })
      const file = await engine.open(name)
      const before = engine.ledger()
      const storm = new CancelStorm(engine.channel, file, seed)
      while (storm.issued < REQUESTS) storm.turns()
      expect(storm.drain()).toEqual({})
      expect(storm.succeeded + storm.cancelled).toBe(storm.issued)
      // All four kinds were there: a quarter ends before any cancel comes, most others can be cancelled.
      expect(storm.cancelled).toBeGreaterThan(storm.issued / 10)
      expect(storm.cancelled).toBeLessThan(storm.issued / 2)
      expect(engine.ledger().cancelled - before.cancelled).toBe(storm.cancelled)
      await file.close()
      expectBalanced(engine.ledger())
    },
  )
})
