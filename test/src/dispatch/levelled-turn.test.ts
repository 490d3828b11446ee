import { describe, expect, it } from 'vitest'
import { DeferredCall } from '../../../src/dispatch/dpc-queue.js'
import { SERVICE_CLAIMED } from '../../../src/dispatch/interrupt-controller.js'
import {
  DEVICE_LEVEL,
  DISPATCH_LEVEL,
  type LevelBudgets,
  LevelledTurn,
  PASSIVE_LEVEL,
} from '../../../src/dispatch/levelled-turn.js'
import { TimerCall } from '../../../src/dispatch/timer-queue.js'
import { WorkItemCall } from '../../../src/dispatch/work-item-queue.js'
import { FaultPlan } from '../../../native-sim/fault-plan.js'
import { InterruptLine } from '../../../native-sim/interrupt-line.js'
import {
  createInterruptBlock,
  interruptBlockOf,
  InterruptLines,
} from '../../../src/irp/interrupt-block.js'
import { eventLoopTurn } from '../../harness/event-loop-turn.js'

function bench(budgets: LevelBudgets = {}) {
  const block = createInterruptBlock(2)
  const clock = { nowMs: 0 }
  const thrown: unknown[] = []
  const counts = { stuck: 0, wakes: 0, pending: 0 }
  const levels = new LevelledTurn(
    interruptBlockOf(block),
    {
      callbackThrew: (_callback, error) => thrown.push(error),
      lineIsStuck: () => counts.stuck++,
      wake: () => counts.wakes++,
      pendingAsync: (change) => {
        counts.pending += change
      },
    },
    budgets,
    () => clock.nowMs,
  )
  const lines = new InterruptLines(block, { buffer: new SharedArrayBuffer(512), word: 0 })
  const descriptor = lines.allocate()
  const hardware = new InterruptLine(descriptor, 'message', new FaultPlan())
  return { levels, clock, thrown, counts, descriptor, hardware }
}

const fail = (what: string) => (): never => {
  throw new Error(what)
}

describe('LevelledTurn', () => {
  it('runs each kind at its level, from high to low, work items last', () => {
    const { levels, clock, descriptor, hardware } = bench()
    const log: [string, number][] = []
    const note = (what: string) => (): void => void log.push([what, levels.irql])
    const dpc = new DeferredCall(note('dpc'))
    const item = new WorkItemCall(note('work item'))
    const timer = new TimerCall(note('timer'), 0, 0, false)
    const service = {
      origin: 0,
      serviceInterrupt: (): number => {
        log.push(['isr', levels.irql])
        levels.workItems.enqueue(item)
        levels.dpcs.enqueue(dpc, 0, 0)
        return SERVICE_CLAIMED
      },
    }
    levels.interrupts.connect(descriptor.line, service, null)
    levels.timers.start(timer, 1)
    clock.nowMs = 2
    hardware.raise(0)
    expect(levels.hasWork()).toBe(true)
    expect(levels.pollRaised()).toBe(3)
    note('request')()
    expect(levels.pollPassive()).toBe(1)
    expect(log).toEqual([
      ['isr', DEVICE_LEVEL],
      ['dpc', DISPATCH_LEVEL],
      ['timer', DISPATCH_LEVEL],
      ['request', PASSIVE_LEVEL],
      ['work item', PASSIVE_LEVEL],
    ])
    expect([levels.hasWork(), levels.pollRaised(), levels.pollPassive()]).toEqual([false, 0, 0])
  })

  it('keeps every level to its budget, and says that there is more', () => {
    const { levels, clock } = bench({ dpcs: 3, timers: 2, workItems: 1 })
    for (let i = 0; i < 5; i++) {
      levels.dpcs.enqueue(new DeferredCall(() => {}), 0, 0)
      levels.timers.start(new TimerCall(() => {}, 0, 0, false), 1)
      levels.workItems.enqueue(new WorkItemCall(() => {}))
    }
    clock.nowMs = 1
    expect([levels.pollRaised(), levels.pollPassive(), levels.hasWork()]).toEqual([5, 1, true])
    expect([levels.pollRaised(), levels.pollPassive(), levels.hasWork()]).toEqual([4, 1, true])
    expect([levels.pollRaised(), levels.pollPassive(), levels.hasWork()]).toEqual([1, 1, true])
    levels.pollPassive()
    levels.pollPassive()
    expect(levels.hasWork()).toBe(false)
  })

  it('looks at the clock in one of 16 polls while its worker spins, and after every other turn', () => {
    const { levels, clock } = bench({ timers: 1 })
    let fired = 0
    const timer: TimerCall = new TimerCall(
      () => {
        fired++
        levels.timers.start(timer, 0)
      },
      0,
      0,
      true,
    )
    levels.timers.start(timer, 0)
    for (let i = 0; i < 160; i++) {
      levels.spins()
      levels.pollRaised()
    }
    expect(fired).toBe(10)
    // A permission is for one poll: whoever polls without spinning sees every timer that is due.
    levels.spins()
    expect([levels.pollRaised(), levels.pollRaised(), levels.pollRaised()]).toEqual([0, 1, 1])
    // A timer that is armed after a spin waits for nothing.
    levels.timers.stop(timer)
    levels.spins()
    clock.nowMs = 5
    levels.timers.start(timer, 0)
    expect(levels.pollRaised()).toBe(1)
  })

  it('a storm of interrupts and DPCs leaves requests and work items their turn', () => {
    const { levels, descriptor, hardware } = bench({ interrupts: 16, dpcs: 8 })
    const dpc: DeferredCall = new DeferredCall(() => void levels.dpcs.enqueue(dpc, 0, 0))
    const service = {
      origin: 0,
      serviceInterrupt: (): number => {
        hardware.raise(0)
        levels.dpcs.enqueue(dpc, 0, 0)
        return SERVICE_CLAIMED
      },
    }
    levels.interrupts.connect(descriptor.line, service, null)
    hardware.raise(0)
    let items = 0
    for (let turn = 0; turn < 100; turn++) {
      levels.workItems.enqueue(new WorkItemCall(() => void items++))
      // 9 interrupts until the line is moderated, then one a turn; one DPC.
      expect(levels.pollRaised()).toBe(turn === 0 ? 10 : 2)
      levels.pollPassive()
    }
    expect(items).toBe(100)
  })

  it('knows when the next timer fires', () => {
    const { levels } = bench()
    expect(levels.nextTimerMs).toBe(Infinity)
    levels.timers.start(new TimerCall(() => {}, 0, 0, false), 7)
    levels.timers.start(new TimerCall(() => {}, 0, 0, false), 3)
    expect([levels.nextTimerMs, levels.hasWork()]).toEqual([3, false])
  })

  it('tells of callbacks that throw or reject, at every level', async () => {
    const { levels, thrown, clock, counts, descriptor, hardware } = bench()
    levels.interrupts.connect(descriptor.line, { origin: 0, serviceInterrupt: fail('isr') }, null)
    hardware.raise(0)
    levels.dpcs.enqueue(new DeferredCall(fail('dpc')), 0, 0)
    levels.timers.start(new TimerCall(fail('timer'), 0, 0, false), 0)
    levels.workItems.enqueue(new WorkItemCall(fail('work item')))
    clock.nowMs = 1
    levels.pollRaised()
    levels.pollPassive()
    const call = new TimerCall(() => {}, 0, 0, false)
    levels.callbackReturned(call, undefined)
    levels.callbackReturned(call, Promise.reject(new Error('late')))
    expect(counts.pending).toBe(1)
    await eventLoopTurn()
    expect(thrown.map((error) => (error as Error).message)).toEqual([
      'isr',
      'dpc',
      'timer',
      'work item',
      'late',
    ])
    expect([levels.irql, counts.pending]).toEqual([PASSIVE_LEVEL, 0])
  })

  it('goes back to the level before, also after a throw', () => {
    const { levels } = bench()
    expect(levels.atLevel(DEVICE_LEVEL, () => levels.irql)).toBe(DEVICE_LEVEL)
    expect(() =>
      levels.atLevel(DISPATCH_LEVEL, () => {
        throw new Error('told to')
      }),
    ).toThrow('told to')
    expect(levels.irql).toBe(PASSIVE_LEVEL)
  })
})
