import { describe, expect, it } from 'vitest'
import { FaultPlan } from '../../../native-sim/fault-plan.js'
import { InterruptLine } from '../../../native-sim/interrupt-line.js'
import { DEVICE_LEVEL, DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../../src/dispatch/levelled-turn.js'
import { Interrupt } from '../../../src/framework/interrupt.js'
import type { InterruptConfig } from '../../../src/framework/interrupt-config.js'
import { eventLoopTurn } from '../../harness/event-loop-turn.js'
import { dispatchDevice, freeDevice, newLevels, passiveDevice } from '../../harness/levels.js'

function bench(config: Partial<InterruptConfig> = {}, device = freeDevice) {
  const base = newLevels()
  const line = base.lines.allocate()
  const hardware = new InterruptLine(line, 'message', new FaultPlan())
  const whole: InterruptConfig = { EvtInterruptIsr: () => true, ...config }
  const resource = { line, trigger: 'message' } as const
  const interrupt = new Interrupt(base.levels, device, whole, 3, resource)
  const raise = (): void => hardware.raise(0)
  return { ...base, interrupt, raise }
}

const throwing = (): never => {
  throw new Error('told to')
}

describe('Interrupt', () => {
  it('calls the ISR at DIRQL with its message, and what it queued once at DISPATCH_LEVEL', () => {
    const log: unknown[] = []
    const { levels, interrupt, raise, turn } = bench({
      EvtInterruptIsr: (self, message) => {
        log.push('isr', message, levels.irql, self.queueDpcForIsr(), self.queueDpcForIsr())
        return true
      },
      EvtInterruptDpc: (self) => void log.push('dpc', self === interrupt, levels.irql),
    })
    interrupt.connect(null)
    raise()
    turn()
    expect(log).toEqual(['isr', 3, DEVICE_LEVEL, true, false, 'dpc', true, DISPATCH_LEVEL])
    expect(interrupt.statistics).toMatchObject({ services: 1, raises: 1, unclaimed: 0 })
  })

  it('tells of an ISR and a DPC that answer with a promise, and of its failure', async () => {
    const failing = (async () => await Promise.reject(new Error('told to'))) as () => never
    const isr = bench({ EvtInterruptIsr: failing })
    const dpc = bench({
      EvtInterruptIsr: (self) => self.queueDpcForIsr(),
      EvtInterruptDpc: failing,
    })
    for (const { interrupt, raise, turn } of [isr, dpc]) {
      interrupt.connect(null)
      raise()
      turn()
    }
    expect(isr.interrupt.statistics).toMatchObject({ services: 1, unclaimed: 1 })
    await eventLoopTurn()
    const toldTo = expect.objectContaining({ message: 'told to' }) as Error
    expect(isr.thrown).toEqual([
      expect.objectContaining({ code: 'STATUS_INVALID_PARAMETER', value: 3 }),
      toldTo,
    ])
    expect(dpc.thrown).toEqual([toldTo])
  })

  it('queues a work item from the ISR', () => {
    const log: number[] = []
    const { levels, interrupt, raise, turn } = bench({
      EvtInterruptIsr: (self) => self.queueWorkItemForIsr(),
      EvtInterruptWorkItem: () => void log.push(levels.irql),
    })
    interrupt.connect(null)
    raise()
    turn()
    expect(log).toEqual([PASSIVE_LEVEL])
  })

  it('answers "not mine" without the driver while it is not connected, or inactive', () => {
    let calls = 0
    const { interrupt, raise, turn } = bench({ EvtInterruptIsr: () => ++calls > 0 })
    raise()
    turn()
    expect(calls).toBe(0)
    interrupt.connect(null)
    turn()
    expect(calls).toBe(1)
    interrupt.reportInactive()
    raise()
    turn()
    expect([calls, interrupt.statistics?.unclaimed]).toEqual([1, 1])
    interrupt.reportActive()
    raise()
    turn()
    expect(calls).toBe(2)
    interrupt.disconnect(true)
    raise()
    turn()
    expect([calls, interrupt.isConnected]).toEqual([2, true])
    interrupt.disconnect(false)
    raise()
    turn()
    expect([calls, interrupt.isConnected, interrupt.statistics]).toEqual([2, false, null])
    interrupt.reportActive()
    expect(interrupt.serviceInterrupt()).toBe(0)
  })

  it('synchronize runs as the ISR does and gives the answer on', () => {
    const { levels, interrupt } = bench()
    const seen: unknown[] = []
    const answer = interrupt.synchronize((self, context) => {
      seen.push(self, context, levels.irql, self.tryToAcquireLock())
      return false
    }, 'context')
    expect(answer).toBe(false)
    expect(seen).toEqual([interrupt, 'context', DEVICE_LEVEL, false])
    expect(levels.irql).toBe(PASSIVE_LEVEL)
    expect(interrupt.synchronize(() => true, null)).toBe(true)
  })

  it('hears of a lock taken twice, let go unheld, or kept over a throw', () => {
    const { interrupt } = bench()
    expect(() => interrupt.releaseLock()).toThrow(
      expect.objectContaining({ code: 'WDF_INVALID_LOCK_OPERATION', value: 3 }),
    )
    interrupt.acquireLock()
    expect(() => interrupt.acquireLock()).toThrow(
      expect.objectContaining({ code: 'WDF_RECURSIVE_LOCK' }),
    )
    interrupt.releaseLock()
    expect(() => interrupt.synchronize(throwing, null)).toThrow('told to')
    interrupt.acquireLock()
    interrupt.releaseLock()
  })

  it('holds its lock during the ISR', () => {
    const seen: boolean[] = []
    const { interrupt, raise, turn } = bench({
      EvtInterruptIsr: (self) => {
        seen.push(self.tryToAcquireLock())
        return true
      },
    })
    interrupt.connect(null)
    raise()
    turn()
    expect([seen, interrupt.tryToAcquireLock()]).toEqual([[false], true])
  })

  it('enable and disable call the driver at DIRQL under the lock', () => {
    const log: unknown[] = []
    const { levels, interrupt } = bench({
      EvtInterruptEnable: (self) => void log.push('on', levels.irql, self.tryToAcquireLock()),
      EvtInterruptDisable: () => {
        log.push('off')
        return 5
      },
    })
    expect([interrupt.enable(), interrupt.disable()]).toEqual([undefined, 5])
    expect(log).toEqual(['on', DEVICE_LEVEL, false, 'off'])
  })

  it('an ISR that throws ends its interrupt', () => {
    const { interrupt, raise, turn, thrown } = bench({
      EvtInterruptIsr: () => {
        throw new Error('told to')
      },
    })
    interrupt.connect(null)
    raise()
    turn()
    expect([thrown, turn(), interrupt.tryToAcquireLock()]).toEqual([
      [new Error('told to')],
      0,
      true,
    ])
  })

  it('flush leaves no DPC and no work item behind', async () => {
    const log: string[] = []
    const { interrupt, turn, levels } = bench({ EvtInterruptDpc: () => void log.push('dpc') })
    interrupt.queueDpcForIsr()
    interrupt.queueWorkItemForIsr()
    const flushed = interrupt.flush()
    expect([log, levels.dpcs.length]).toEqual([['dpc'], 0])
    turn()
    await flushed
    expect(levels.workItems.length).toBe(0)
  })

  it('knows what it is', () => {
    const { interrupt } = bench({ passiveHandling: true })
    expect(interrupt.info).toEqual({
      messageNumber: 3,
      trigger: 'message',
      isMessageSignalled: true,
      isPassive: true,
      line: 0,
    })
  })

  it('is refused for a line that the device has not', () => {
    const { levels } = newLevels()
    const interrupt = new Interrupt(levels, freeDevice, { EvtInterruptIsr: () => true }, 2, null)
    expect(interrupt.info.line).toBe(-1)
    expect(() => interrupt.connect(null)).toThrow('STATUS_INVALID_DEVICE_STATE')
  })

  it('serializes its DPC only with a dispatch-level parent, its work item only with a passive one', () => {
    const serialized = { automaticSerialization: true }
    bench({ ...serialized, EvtInterruptDpc: () => {} }, dispatchDevice)
    bench({ ...serialized, EvtInterruptWorkItem: () => {} }, passiveDevice)
    expect(() => bench({ ...serialized, EvtInterruptDpc: () => {} }, passiveDevice)).toThrow(
      'STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL',
    )
    expect(() => bench({ ...serialized, EvtInterruptWorkItem: () => {} }, dispatchDevice)).toThrow(
      'STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL',
    )
  })
})

describe('a passive-level interrupt', () => {
  it('runs its ISR at PASSIVE_LEVEL, and loses nothing that comes meanwhile', () => {
    const seen: number[] = []
    const { levels, interrupt, raise, turn } = bench({
      passiveHandling: true,
      EvtInterruptIsr: () => {
        seen.push(levels.irql)
        if (seen.length === 1) raise()
        return true
      },
    })
    interrupt.connect(null)
    raise()
    while (turn() !== 0);
    expect(seen).toEqual([PASSIVE_LEVEL, PASSIVE_LEVEL])
  })

  it('may be asynchronous; the line is masked until it has answered', async () => {
    const gates: ((isClaimed: boolean) => void)[] = []
    const { interrupt, raise, turn } = bench({
      passiveHandling: true,
      EvtInterruptIsr: () => new Promise<boolean>((resolve) => gates.push(resolve)),
    })
    interrupt.connect(null)
    raise()
    turn()
    raise()
    turn()
    expect([gates.length, interrupt.tryToAcquireLock()]).toEqual([1, false])
    gates[0]?.(true)
    await eventLoopTurn()
    turn()
    expect(gates).toHaveLength(2)
    gates[1]?.(false)
    await eventLoopTurn()
    expect(interrupt.statistics).toMatchObject({ services: 2, unclaimed: 1, raises: 2 })
    expect(turn()).toBe(0)
  })

  it('ends its interrupt when it throws or rejects', async () => {
    let calls = 0
    const { interrupt, raise, turn, thrown } = bench({
      passiveHandling: true,
      EvtInterruptIsr: () => {
        if (++calls === 1) throw new Error('thrown')
        return Promise.reject(new Error('rejected'))
      },
    })
    interrupt.connect(null)
    for (let i = 0; i < 2; i++) {
      raise()
      turn()
      await eventLoopTurn()
    }
    expect(thrown).toEqual([new Error('thrown'), new Error('rejected')])
    expect([interrupt.statistics?.services, interrupt.tryToAcquireLock()]).toEqual([2, true])
  })

  it('has a lock for PASSIVE_LEVEL only, but may try', () => {
    const { levels, interrupt } = bench({ passiveHandling: true })
    levels.atLevel(DISPATCH_LEVEL, () => {
      expect(() => interrupt.acquireLock()).toThrow(
        expect.objectContaining({ code: 'WDF_IRQL_MISMATCH' }),
      )
      expect(interrupt.tryToAcquireLock()).toBe(true)
      interrupt.releaseLock()
    })
    expect(interrupt.synchronize(() => levels.irql === PASSIVE_LEVEL, null)).toBe(true)
  })

  it('an inactive one is answered without the driver', () => {
    const { interrupt, raise, turn } = bench({ passiveHandling: true })
    interrupt.connect(null)
    raise()
    turn()
    interrupt.reportInactive()
    raise()
    turn()
    expect(interrupt.statistics).toMatchObject({ services: 2, unclaimed: 1 })
  })
})
