import { describe, expect, it } from 'vitest'
import { WorkItem } from '../../../src/framework/work-item.js'
import { dispatchDevice, freeDevice, newLevels, passiveDevice } from '../../harness/levels.js'

const EvtWorkItemFunc = (): void => {}

describe('WorkItem', () => {
  it('runs once for many enqueues, and may queue itself', () => {
    const { levels, turn } = newLevels()
    const item = new WorkItem(levels, {
      parent: passiveDevice,
      EvtWorkItemFunc: (self) => {
        if (self.runs < 2) self.enqueue()
      },
    })
    item.enqueue()
    item.enqueue()
    expect([turn(), turn(), turn(), item.runs]).toEqual([1, 1, 0, 2])
  })

  it('flush resolves when it is through; from its own callback it is refused', async () => {
    const { levels, turn } = newLevels()
    let violation: unknown
    const item = new WorkItem(levels, {
      parent: freeDevice,
      EvtWorkItemFunc: (self) => {
        try {
          void self.flush()
        } catch (error) {
          violation = error
        }
      },
    })
    await item.flush()
    item.enqueue()
    const flushed = item.flush()
    turn()
    await flushed
    expect(violation).toMatchObject({ code: 'WDF_INVALID_LOCK_OPERATION' })
  })

  it('is refused without a parent, a callback, or under a dispatch-level lock', () => {
    const { levels } = newLevels()
    const make = (config: object) => (): WorkItem => new WorkItem(levels, config as never)
    expect(make({ EvtWorkItemFunc })).toThrow('STATUS_WDF_PARENT_NOT_SPECIFIED')
    expect(make({ parent: freeDevice })).toThrow('STATUS_INVALID_PARAMETER')
    expect(make({ parent: dispatchDevice, EvtWorkItemFunc })).toThrow(
      'STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL',
    )
    make({ parent: dispatchDevice, EvtWorkItemFunc, automaticSerialization: false })()
  })
})
