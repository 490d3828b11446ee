import { describe, expect, it } from 'vitest'
import {
  STATUS_DEVICE_BUSY,
  STATUS_DEVICE_POWER_FAILURE,
  STATUS_NOT_SUPPORTED,
  STATUS_POWER_STATE_INVALID,
  STATUS_SUCCESS,
} from '../../../../src/abi/ntstatus.js'
import { eventLoopTurn } from '../../../harness/event-loop-turn.js'
import { PnpStage } from '../../../harness/pnp-stage.js'
import { Gate } from '../../../harness/gate.js'

describe('a driver without promises', () => {
  it('is started before the call returns', () => {
    const stage = new PnpStage()
    void stage.pnp.start()
    expect(stage.pnp.isStarted).toBe(true)
    void stage.pnp.remove()
    expect(stage.pnp.pnpState).toBe('Final')
  })

  it('needs no callbacks and no host', async () => {
    const { DevicePnp } = await import('../../../../src/framework/pnp/device-pnp.js')
    const pnp = new DevicePnp({ device: { name: 'bare' } as never })
    expect(await pnp.start()).toBe(STATUS_SUCCESS)
    expect(pnp.history.pnp.at(-1)).toBe('Started')
    expect(await pnp.remove()).toBe(STATUS_SUCCESS)
  })
})

describe('an asynchronous driver', () => {
  it('is called one callback after another', async () => {
    const stage = new PnpStage()
    const running: string[] = []
    for (const name of [
      'EvtDevicePrepareHardware',
      'EvtDeviceD0Entry',
      'EvtDeviceD0Exit',
    ] as const) {
      stage.outcomes.set(name, async () => {
        running.push(`+${name}`)
        await eventLoopTurn()
        running.push(`-${name}`)
      })
    }
    const start = stage.pnp.start()
    expect(stage.pnp.isBusy).toBe(true)
    expect(await start).toBe(STATUS_SUCCESS)
    expect(stage.pnp.isBusy).toBe(false)
    await stage.pnp.remove()
    expect(running).toEqual([
      '+EvtDevicePrepareHardware',
      '-EvtDevicePrepareHardware',
      '+EvtDeviceD0Entry',
      '-EvtDeviceD0Entry',
      '+EvtDeviceD0Exit',
      '-EvtDeviceD0Exit',
    ])
  })

  it('fails when a callback does not settle, which is told by name; what it does later is nothing', async () => {
    const stage = new PnpStage({ watchdogMs: 2000 })
    const entered = new Gate()
    stage.outcomes.set('EvtDeviceD0Entry', entered.wait)
    const start = stage.pnp.start()
    stage.clock.advance(1999)
    expect(stage.notes).toEqual([])
    stage.clock.advance(100_000)
    expect(stage.notes).toEqual(['EvtDeviceD0Entry overdue 2000'])
    expect(await start).toBe(STATUS_DEVICE_POWER_FAILURE)
    entered.open()
    await eventLoopTurn()
    expect(stage.pnp.pnpState).toBe('FailedWaitForRemove')
  })
})

describe('a driver that misbehaves', () => {
  it('fails alone when it throws or rejects', async () => {
    for (const throws of [
      () => {
        throw new Error('no lamp')
      },
      () => Promise.reject(new Error('no lamp')),
    ]) {
      const stage = new PnpStage()
      stage.outcomes.set('EvtDeviceD0Entry', throws)
      expect(await stage.pnp.start()).toBe(STATUS_DEVICE_POWER_FAILURE)
      expect(stage.notes).toEqual(['EvtDeviceD0Entry threw Error: no lamp'])
      expect(stage.pnp.pnpState).toBe('FailedWaitForRemove')
    }
  })

  it('is told on when it returns STATUS_NOT_SUPPORTED, and that is a failure', async () => {
    const stage = new PnpStage()
    stage.outcomes.set('EvtDevicePrepareHardware', STATUS_NOT_SUPPORTED)
    expect(await stage.pnp.start()).toBe(STATUS_NOT_SUPPORTED)
    expect(stage.notes).toEqual([
      'EvtDevicePrepareHardware returned STATUS_NOT_SUPPORTED, which it never may',
    ])
  })

  it('hands the status of its error on', async () => {
    const stage = new PnpStage()
    stage.outcomes.set('EvtDevicePrepareHardware', () => {
      throw Object.assign(new Error('busy'), { ntstatus: STATUS_DEVICE_BUSY })
    })
    expect(await stage.pnp.start()).toBe(STATUS_DEVICE_BUSY)
  })

  it('harms no removal when all its callbacks throw', async () => {
    const stage = await new PnpStage().started()
    for (const name of [
      'EvtDeviceSelfManagedIoSuspend',
      'EvtDeviceD0Exit',
      'EvtDeviceReleaseHardware',
      'EvtDeviceSelfManagedIoFlush',
      'EvtDeviceSelfManagedIoCleanup',
    ] as const) {
      stage.outcomes.set(name, () => {
        throw new Error(name)
      })
    }
    expect(await stage.pnp.remove()).toBe(STATUS_SUCCESS)
    expect(stage.pnp.pnpState).toBe('Final')
    expect(stage.notes).toHaveLength(5)
  })
})

describe('requests', () => {
  it('wait for each other', async () => {
    const stage = new PnpStage()
    const all = [
      stage.pnp.start(),
      stage.pnp.queryStop(),
      stage.pnp.cancelStop(),
      stage.pnp.remove(),
    ]
    expect(await Promise.all(all)).toEqual([0, 0, 0, 0])
    expect(
      stage.log.filter((line) => /^[<>]/.test(line)).map((line) => line.split(' ')[1]),
    ).toEqual(['StartDevice', 'QueryStop', 'CancelStop', 'Remove'].flatMap((name) => [name, name]))
  })
})

describe('power references', () => {
  it('are refused before the start, after the end, and on the wrong side', async () => {
    const stage = new PnpStage()
    expect(stage.pnp.powerReference()).toBe(STATUS_POWER_STATE_INVALID)
    await stage.started()
    expect(stage.pnp.powerReference()).toBe(STATUS_SUCCESS)
    stage.pnp.powerDereference()
    expect(() => stage.pnp.powerDereference()).toThrow(/nobody holds/)
    await stage.pnp.remove()
    expect(await stage.pnp.powerReferenceAndWait()).toBe(STATUS_POWER_STATE_INVALID)
  })
})

describe('bad input', () => {
  it('is refused with its value', async () => {
    const { pnp } = new PnpStage()
    expect(() => pnp.assignS0IdleSettings({ idleTimeoutMs: -1 })).toThrow(/idleTimeoutMs -1/)
    expect(() => pnp.assignSxWakeSettings({ dxState: 'D0' })).toThrow(/dxState "D0"/)
    expect(() => void pnp.setSystemPower('S9' as never)).toThrow(/"S9" is no system power state/)
    expect(() => void pnp.setDevicePower('D3')).toThrow(/owns the power policy/)
    const filter = new PnpStage({ isPowerPolicyOwner: false }).pnp
    expect(() => filter.assignS0IdleSettings({})).toThrow(/does not own the power policy/)
    expect(() => filter.assignSxWakeSettings({})).toThrow(/does not own the power policy/)
  })
})

describe('a bus', () => {
  it('waits for children that take their time to go', async () => {
    const bus = await new PnpStage({ name: 'bus' }).started()
    const dispose = new Gate()
    const disposeDevice = dispose.wait as () => Promise<void>
    const host = { isPresent: () => true, disposeDevice }
    const child = await new PnpStage({ kind: 'pdo', parent: bus, host }).started()
    const removal = bus.pnp.remove()
    await eventLoopTurn()
    expect(bus.pnp.pnpState).toBe('RemovedWaitForChildren')
    dispose.open()
    expect(await removal).toBe(STATUS_SUCCESS)
    expect([bus.pnp.pnpState, child.pnp.pnpState]).toEqual(['Final', 'Final'])
  })

  it('takes its children along when it goes by surprise', async () => {
    const log: string[] = []
    const bus = await new PnpStage({ name: 'bus', log }).started()
    const child = await new PnpStage({ kind: 'pdo', parent: bus, log }).started()
    expect(await bus.pnp.surpriseRemove()).toBe(STATUS_SUCCESS)
    expect([bus.pnp.pnpState, child.pnp.pnpState]).toEqual([
      'FailedWaitForRemove',
      'FailedWaitForRemove',
    ])
    expect(await bus.pnp.remove()).toBe(STATUS_SUCCESS)
    expect(child.pnp.pnpState).toBe('Final')
  })
})
