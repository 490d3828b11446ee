/**
 * Asynchronous handlers and drivers with timers: the worker must not freeze its event loop under them.
 */
import { describe, expect, it } from 'vitest'
import { BEHAVE } from '../fixtures/drivers/behaviours.js'
import { drivers, Engine, fixture } from './built.js'
import { behavioursBench } from './behaviours-bench.js'
import { BALANCED, errorOf, eventually, pause } from './helpers.js'

describe('asynchronous handlers', () => {
  const bench = behavioursBench(512)
  const { faults, read } = bench

  it('an async function completes its request', async () => {
    expect(await read(BEHAVE.asyncComplete)).toEqual({ status: 0, information: 8 })
  })

  it('a timer completes the request of a handler that returned long ago', async () => {
    expect(await read(BEHAVE.timerComplete)).toEqual({ status: 0, information: 8 })
    // Also after the worker has gone to sleep in between.
    await pause(150)
    expect(await read(BEHAVE.timerComplete)).toEqual({ status: 0, information: 8 })
  })

  it('an async function may fail its request', async () => {
    const error = await errorOf(() =>
      bench.file.read(new Uint8Array(8), { offset: BEHAVE.asyncFailure }),
    )
    expect(error).toMatchObject({ code: 'STATUS_DEVICE_BUSY' })
  })

  it('a rejected handler fails its request, and is told', async () => {
    faults.length = 0
    expect((await read(BEHAVE.reject)).status).toBe(0xc0000183 | 0)
    await eventually(() => faults.length === 1, 'driverFault')
    expect(faults[0]).toMatchObject({
      device: 'behaviours',
      error: { name: 'Error', message: 'rejected on purpose' },
    })
    expect(faults[0]?.error.stack).toContain('behaviours')
  })

  it('a handler that rejects with a status fails its request with it', async () => {
    faults.length = 0
    expect((await read(BEHAVE.rejectStatus)).status).toBe(0x80000011 | 0)
    await eventually(() => faults.length === 1, 'driverFault')
    expect(faults[0]?.error).toMatchObject({ code: 'STATUS_DEVICE_BUSY' })
  })

  it('a handler that rejects after completing changes nothing, and is told', async () => {
    faults.length = 0
    expect(await read(BEHAVE.rejectAfterCompleting)).toEqual({ status: 0, information: 8 })
    await eventually(() => faults.length === 1, 'driverFault')
    expect(faults[0]?.error.message).toBe('rejected after completing, on purpose')
    expect(faults[0]?.device).toBe('behaviours')
  })

  it('does not take a number for a promise', async () => {
    expect(await read(BEHAVE.returnNumber)).toEqual({ status: 0, information: 8 })
  })

  it('500 at once, mixed, each with its own answer', async () => {
    faults.length = 0
    const kinds = [
      [BEHAVE.asyncComplete, 0],
      [BEHAVE.timerComplete, 0],
      [BEHAVE.complete, 0],
      [BEHAVE.asyncFailure, 0x80000011 | 0],
      [BEHAVE.reject, 0xc0000183 | 0],
    ] as const
    const calls = Array.from({ length: 500 }, (_, i) => {
      const [offset] = kinds[i % kinds.length] as (typeof kinds)[number]
      return read(offset)
    })
    const statuses = (await Promise.all(calls)).map(({ status }) => status)
    expect(statuses).toEqual(calls.map((_, i) => kinds[i % kinds.length]?.[1]))
    await eventually(() => faults.length === 100, '100 driverFaults')
  })

  it('synchronous requests go on while an asynchronous handler waits', async () => {
    await bench.engine.addDevice({ name: 'null', driver: drivers.null })
    const other = await bench.engine.open('null')
    await bench.engine.addDevice({ name: 'waits', driver: fixture('awaits-release') })
    const waits = await bench.engine.open('waits')
    let hasEnded = false
    const slow = waits.read(new Uint8Array(4)).then((result) => {
      hasEnded = true
      return result
    })
    for (let i = 0; i < 50; i++) await other.read(new Uint8Array(8))
    expect(hasEnded).toBe(false)
    await waits.write(new Uint8Array(1))
    expect(await slow).toEqual({ status: 0, information: 4 })
    await waits.close()
    await other.close()
  })

  it('ends with a balanced ledger, and no sleep was rescued', async () => {
    await bench.engine.stop()
    expect(bench.engine.ledger()).toMatchObject(BALANCED)
    expect(bench.engine.statistics()[0]).toMatchObject({ rejected: 0, rescues: 0 })
    expect(bench.engine.channel.sleeper.rescues).toBe(0)
  })
})

describe("a driver's own timer", () => {
  it('ticks while the engine is idle, and while it is busy', async () => {
    const ticks = new SharedArrayBuffer(4)
    const word = new Int32Array(ticks)
    await using engine = await Engine.start({ workers: 1 })
    await engine.addDevice({ name: 'ticker', driver: fixture('ticker'), parameters: { ticks } })
    const at = (): number => Atomics.load(word, 0)
    const idle = at()
    await eventually(() => at() - idle > 10, 'ticks of an idle engine')
    const file = await engine.open('ticker')
    const busy = at()
    const until = performance.now() + 30_000
    while (at() - busy <= 10) {
      expect(performance.now()).toBeLessThan(until)
      await Promise.all(Array.from({ length: 64 }, () => file.write(new Uint8Array(8))))
    }
  })
})
