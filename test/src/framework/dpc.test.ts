import { describe, expect, it } from 'vitest'
import { DISPATCH_LEVEL } from '../../../src/dispatch/levelled-turn.js'
import { Dpc } from '../../../src/framework/dpc.js'
import { eventLoopTurn } from '../../harness/event-loop-turn.js'
import { dispatchDevice, newLevels, passiveDevice } from '../../harness/levels.js'

const EvtDpcFunc = (): void => {}

describe('Dpc', () => {
  it('runs once for many enqueues, at DISPATCH_LEVEL, with itself', () => {
    const { levels, turn } = newLevels()
    const seen: unknown[] = []
    const dpc = new Dpc(levels, {
      parent: dispatchDevice,
      EvtDpcFunc: (self) => void seen.push(self, levels.irql),
    })
    expect([dpc.enqueue(), dpc.enqueue()]).toEqual([true, false])
    turn()
    expect(seen).toEqual([dpc, DISPATCH_LEVEL])
    expect(dpc.runs).toBe(1)
  })

  it('wakes a worker that sleeps on its event loop, once for what is newly queued', () => {
    const { levels, wakes } = newLevels()
    const dpc = new Dpc(levels, { parent: dispatchDevice, EvtDpcFunc })
    dpc.enqueue()
    dpc.enqueue()
    expect(wakes.count).toBe(1)
  })

  it('tells of a failure that comes later, as a promise', async () => {
    const { levels, thrown, turn } = newLevels()
    const EvtLater = (async () => await Promise.reject(new Error('told to'))) as () => never
    new Dpc(levels, { parent: dispatchDevice, EvtDpcFunc: EvtLater }).enqueue()
    turn()
    await eventLoopTurn()
    expect(thrown).toEqual([expect.objectContaining({ message: 'told to' })])
  })

  it('cancels what waits', () => {
    const { levels, turn } = newLevels()
    const dpc = new Dpc(levels, { parent: dispatchDevice, EvtDpcFunc: () => {} })
    expect(dpc.cancel()).toBe(false)
    dpc.enqueue()
    expect([dpc.cancel(true), turn(), dpc.runs]).toEqual([true, 0, 0])
  })

  it('does not wait above PASSIVE_LEVEL', () => {
    const { levels, thrown, turn } = newLevels()
    const dpc = new Dpc(levels, {
      parent: dispatchDevice,
      EvtDpcFunc: (self) => void self.cancel(true),
    })
    dpc.enqueue()
    turn()
    expect(thrown).toEqual([expect.objectContaining({ code: 'WDF_IRQL_MISMATCH' })])
  })

  it('is refused without a parent, a callback, or under a passive lock', () => {
    const { levels } = newLevels()
    const make = (config: object) => (): Dpc => new Dpc(levels, config as never)
    expect(make({ EvtDpcFunc })).toThrow('STATUS_WDF_PARENT_NOT_SPECIFIED')
    expect(make({ parent: dispatchDevice })).toThrow('STATUS_INVALID_PARAMETER')
    expect(make({ parent: passiveDevice, EvtDpcFunc })).toThrow(
      'STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL',
    )
    make({ parent: passiveDevice, EvtDpcFunc, automaticSerialization: false })()
  })
})
