import { describe, expect, it } from 'vitest'
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../../src/dispatch/levelled-turn.js'
import { Timer, type TimerConfig } from '../../../src/framework/timer.js'
import { eventLoopTurn } from '../../harness/event-loop-turn.js'
import { dispatchDevice, freeDevice, newLevels, passiveDevice } from '../../harness/levels.js'

const ignore = (): void => {}

describe('Timer', () => {
  it('fires once, at DISPATCH_LEVEL, and says whether it was armed', () => {
    const { levels, clock, turn } = newLevels()
    const seen: number[] = []
    const timer = new Timer(levels, {
      parent: dispatchDevice,
      EvtTimerFunc: () => void seen.push(levels.irql),
    })
    expect([timer.isArmed, timer.start(10), timer.start(5), timer.isArmed]).toEqual([
      false,
      false,
      true,
      true,
    ])
    clock.nowMs = 4.9
    turn()
    expect(timer.runs).toBe(0)
    clock.nowMs = 100
    turn()
    turn()
    expect([seen, timer.isArmed, timer.stop()]).toEqual([[DISPATCH_LEVEL], false, false])
  })

  it('ends a sleep of its worker that knows nothing of it', () => {
    const { levels, wakes } = newLevels()
    const timer = new Timer(levels, { parent: dispatchDevice, EvtTimerFunc: ignore })
    timer.start(10)
    expect(wakes.count).toBe(1)
  })

  it('a periodic one does not start by itself, and goes on until it is stopped', () => {
    const { levels, clock, turn } = newLevels()
    const timer = new Timer(levels, { parent: freeDevice, EvtTimerFunc: ignore, periodMs: 10 })
    for (; clock.nowMs < 50; clock.nowMs++) turn()
    expect(timer.runs).toBe(0)
    timer.start(0)
    for (; clock.nowMs < 100; clock.nowMs++) turn()
    expect([timer.runs, timer.stop()]).toEqual([5, true])
    for (; clock.nowMs < 150; clock.nowMs++) turn()
    expect(timer.runs).toBe(5)
  })

  it('a passive one runs at PASSIVE_LEVEL, may be asynchronous, and does not overlap itself', async () => {
    const { levels, clock, turn } = newLevels()
    const seen: number[] = []
    const gates: (() => void)[] = []
    const timer = new Timer(levels, {
      parent: passiveDevice,
      executionLevel: 'passive',
      EvtTimerFunc: () => {
        seen.push(levels.irql)
        return new Promise<void>((resolve) => gates.push(resolve))
      },
    })
    timer.start(1)
    clock.nowMs = 1
    turn()
    timer.start(1)
    clock.nowMs = 2
    turn()
    expect(seen).toEqual([PASSIVE_LEVEL])
    gates[0]?.()
    await eventLoopTurn()
    turn()
    expect(seen).toEqual([PASSIVE_LEVEL, PASSIVE_LEVEL])
    gates[1]?.()
  })

  it('stopAndWait waits for the callback, and refuses starts meanwhile', async () => {
    const { levels, clock, turn } = newLevels()
    let open = ignore
    const timer = new Timer(levels, {
      parent: freeDevice,
      executionLevel: 'passive',
      EvtTimerFunc: () => new Promise<void>((resolve) => (open = resolve)),
    })
    timer.start(0)
    turn()
    clock.nowMs = 1
    turn()
    let isStopped = false
    const stopped = timer.stopAndWait().then((wasArmed) => {
      isStopped = true
      return wasArmed
    })
    await eventLoopTurn()
    expect([isStopped, timer.start(0), timer.isArmed]).toEqual([false, false, false])
    open()
    expect(await stopped).toBe(false)
    expect([timer.start(0), timer.isArmed]).toEqual([false, true])
    expect(await timer.stopAndWait()).toBe(true)
  })

  it('does not wait for itself, nor above PASSIVE_LEVEL', async () => {
    const { levels, clock, turn } = newLevels()
    const waits: Promise<unknown>[] = []
    const timer = new Timer(levels, {
      parent: freeDevice,
      EvtTimerFunc: (self) => void waits.push(self.stopAndWait()),
    })
    timer.start(0)
    clock.nowMs = 1
    turn()
    waits.push(levels.atLevel(DISPATCH_LEVEL, () => timer.stopAndWait()))
    const codes = await Promise.all(
      waits.map((wait) => wait.catch((error: unknown) => (error as { code: string }).code)),
    )
    expect(codes).toEqual(['WDF_INVALID_LOCK_OPERATION', 'WDF_IRQL_MISMATCH'])
  })

  it.each([
    ['STATUS_WDF_PARENT_NOT_SPECIFIED', { parent: undefined }],
    ['STATUS_INVALID_PARAMETER', { EvtTimerFunc: undefined }],
    ['STATUS_INVALID_PARAMETER', { periodMs: -1 }],
    ['STATUS_INVALID_PARAMETER', { periodMs: 2 ** 31 }],
    ['STATUS_INVALID_PARAMETER', { tolerableDelayMs: NaN }],
    ['STATUS_INVALID_PARAMETER', { tolerableDelayMs: 1, useHighResolutionTimer: true }],
    ['STATUS_NOT_SUPPORTED', { periodMs: 5, executionLevel: 'passive' }],
    ['STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL', { parent: passiveDevice }],
    [
      'STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL',
      { parent: dispatchDevice, executionLevel: 'passive' },
    ],
  ])('is refused with %s: %o', (code, change) => {
    const { levels } = newLevels()
    const config = { parent: freeDevice, EvtTimerFunc: ignore, ...change } as TimerConfig
    expect(() => new Timer(levels, config)).toThrow(expect.objectContaining({ code }))
  })

  it('starts in a number of milliseconds from 0', () => {
    const { levels } = newLevels()
    const timer = new Timer(levels, { parent: freeDevice, EvtTimerFunc: ignore })
    for (const due of [-1, NaN, Infinity]) {
      expect(() => timer.start(due)).toThrow('STATUS_INVALID_PARAMETER')
    }
  })
})
