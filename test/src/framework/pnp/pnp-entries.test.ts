import { describe, expect, it } from 'vitest'
import {
  STATUS_DEVICE_BUSY,
  STATUS_DEVICE_NOT_READY,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../../../src/abi/ntstatus.js'
import { lines, PnpStage } from '../../../harness/pnp-stage.js'
import { Gate } from '../../../harness/gate.js'

const LEAVE_D0 = lines(`
  SelfManagedIoSuspend D3Final
  [holdQueues]
  D0ExitPreHardwareDisabled D3Final
  [disableDma]
  D0ExitPreInterruptsDisabled D3Final
  [disconnectInterrupts]
  D0Exit D3Final
`)
const ENTER_D0 = lines(`
  PrepareHardware
  D0Entry D3Final
  [connectInterrupts]
  D0EntryPostInterruptsEnabled D3Final
  [enableDma]
  [scanChildren]
  D0EntryPostHardwareEnabled D3Final
  [resumeQueues]
  SelfManagedIoRestart
`)
const CLEANUP = lines(`
  ReleaseHardware
  [disableInterfaces]
  [purgePowerManagedQueues]
  SelfManagedIoFlush
`)
const GONE = lines(`
  [purgeOtherQueues]
  SelfManagedIoCleanup
  [disposeDevice]
`)

describe('a failing start', () => {
  it('releases hardware that the driver failed to prepare', async () => {
    const stage = new PnpStage()
    stage.outcomes.set('EvtDevicePrepareHardware', STATUS_DEVICE_BUSY)
    expect(await stage.pnp.start()).toBe(STATUS_DEVICE_BUSY)
    expect(stage.log).toEqual(
      lines(`
        > StartDevice
        PrepareHardware
        ReleaseHardware
        [disableInterfaces]
        [purgePowerManagedQueues]
        < StartDevice STATUS_DEVICE_BUSY
      `),
    )
    expect(stage.state).toBe('FailedWaitForRemove ObjectCreated Removed')
    expect(await stage.pnp.start()).toBe(STATUS_INVALID_DEVICE_STATE)
    expect(stage.states.slice(-2)).toEqual(['pnp FailedStarted', 'pnp FailedWaitForRemove'])
  })

  it('goes back to Init when the driver was not called at all', async () => {
    const pre = { EvtDevicePrepareHardware: () => STATUS_DEVICE_BUSY }
    const stage = new PnpStage({ extensions: [{ pre }] })
    expect(await stage.pnp.start()).toBe(STATUS_DEVICE_BUSY)
    expect(stage.log).toEqual(['> StartDevice', '< StartDevice STATUS_DEVICE_BUSY'])
    expect(stage.state).toBe('Init ObjectCreated ObjectCreated')
  })

  it.each([
    'startLowerDrivers',
    'EvtDeviceFilterAddResourceRequirements',
    'EvtDeviceRemoveAddedResources',
  ] as const)('goes back to Init when %s fails, and may be tried again', async (failing) => {
    const stage = new PnpStage().fail(failing)
    expect(await stage.pnp.start()).toBe(STATUS_UNSUCCESSFUL)
    expect(stage.pnp.pnpState).toBe('Init')
    stage.outcomes.clear()
    expect(await stage.pnp.start()).toBe(STATUS_SUCCESS)
  })

  it('powers down again when interfaces cannot be enabled', async () => {
    const stage = new PnpStage().fail('enableInterfaces')
    expect(await stage.pnp.start()).toBe(STATUS_UNSUCCESSFUL)
    expect(stage.log.slice(-13)).toEqual([
      '[enableInterfaces]',
      ...LEAVE_D0,
      ...CLEANUP,
      '< StartDevice STATUS_UNSUCCESSFUL',
    ])
  })

  it('powers down again when power management cannot begin', async () => {
    const stage = new PnpStage().fail('initializePowerManagement')
    expect(await stage.pnp.start()).toBeLessThan(0)
    expect(stage.log.slice(-12, -1)).toEqual([...LEAVE_D0, ...CLEANUP])
  })
})

describe('stop', () => {
  it('takes the resources away and gives others, without Init', async () => {
    const stage = await new PnpStage().started()
    expect(await stage.pnp.queryStop()).toBe(STATUS_SUCCESS)
    expect(stage.take()).toEqual(['> QueryStop', 'QueryStop', '< QueryStop STATUS_SUCCESS'])
    expect(stage.pnp.pnpState).toBe('QueryStopPending')
    expect(await stage.pnp.stop()).toBe(STATUS_SUCCESS)
    expect(stage.take()).toEqual([
      '> Stop',
      ...LEAVE_D0,
      'ReleaseHardware',
      '< Stop STATUS_SUCCESS',
    ])
    expect(await stage.pnp.start()).toBe(STATUS_SUCCESS)
    expect(stage.take()).toEqual(['> StartDevice', ...ENTER_D0, '< StartDevice STATUS_SUCCESS'])
    expect(stage.state).toBe('Started D0 Started')
  })

  it('is vetoed by the driver, by the static count, and by a special file', async () => {
    const stage = await new PnpStage().started()
    stage.outcomes.set('EvtDeviceQueryStop', STATUS_DEVICE_BUSY)
    expect(await stage.pnp.queryStop()).toBe(STATUS_DEVICE_BUSY)
    stage.pnp.setStaticStopRemove(false)
    expect(await stage.pnp.queryStop()).toBe(STATUS_INVALID_DEVICE_STATE)
    stage.pnp.setStaticStopRemove(true)
    stage.pnp.setSpecialFile(true)
    expect(await stage.pnp.queryStop()).toBe(STATUS_DEVICE_NOT_READY)
    expect(await stage.pnp.queryRemove()).toBe(STATUS_DEVICE_NOT_READY)
    stage.pnp.setSpecialFile(false)
    expect(stage.log.filter((line) => line === 'QueryStop')).toHaveLength(1)
    expect(stage.state).toBe('Started D0 Started')
  })

  it('is called off', async () => {
    const stage = await new PnpStage().started()
    await stage.pnp.queryStop()
    expect(await stage.pnp.cancelStop()).toBe(STATUS_SUCCESS)
    expect(await stage.pnp.cancelStop()).toBe(STATUS_SUCCESS)
    expect(stage.take().slice(3)).toEqual([
      '> CancelStop',
      '< CancelStop STATUS_SUCCESS',
      '> CancelStop',
      '< CancelStop STATUS_SUCCESS',
    ])
    expect(stage.pnp.pnpState).toBe('Started')
  })

  it('wakes an idle device first, and keeps it awake', async () => {
    const stage = await new PnpStage().started()
    stage.pnp.assignS0IdleSettings({ idleTimeoutMs: 5 })
    stage.clock.advance(5)
    expect(stage.pnp.devicePowerState).toBe('D3')
    expect(await stage.pnp.queryStop()).toBe(STATUS_SUCCESS)
    stage.clock.advance(1000)
    expect(stage.pnp.devicePowerState).toBe('D0')
    await stage.pnp.cancelStop()
    stage.clock.advance(5)
    expect(stage.pnp.devicePowerState).toBe('D3')
  })

  it('fails the device when the hardware is not released', async () => {
    const stage = (await new PnpStage().started()).fail('EvtDeviceReleaseHardware')
    await stage.pnp.queryStop()
    await stage.pnp.stop()
    expect(stage.pnp.pnpState).toBe('FailedWaitForRemove')
  })

  it('fails the device when it does not power down', async () => {
    const stage = (await new PnpStage().started()).fail('EvtDeviceD0Exit')
    await stage.pnp.queryStop()
    await stage.pnp.stop()
    expect(stage.states).toContain('power FinalPowerDownFailed')
    expect(stage.pnp.pnpState).toBe('FailedWaitForRemove')
  })

  it('fails a restart from stopped as a start does', async () => {
    const stage = await new PnpStage().started()
    await stage.pnp.queryStop()
    await stage.pnp.stop()
    stage.take()
    stage.fail('EvtDevicePrepareHardware')
    expect(await stage.pnp.start()).toBe(STATUS_UNSUCCESSFUL)
    expect(stage.take().slice(1, 3)).toEqual(['PrepareHardware', 'ReleaseHardware'])
    expect(stage.pnp.pnpState).toBe('FailedWaitForRemove')
  })

  it('is not survived when the drivers below do not start again', async () => {
    const stage = await new PnpStage().started()
    await stage.pnp.queryStop()
    await stage.pnp.stop()
    stage.fail('startLowerDrivers')
    expect(await stage.pnp.start()).toBe(STATUS_UNSUCCESSFUL)
    expect(stage.pnp.pnpState).toBe('FailedWaitForRemove')
  })
})

describe('remove', () => {
  it('is asked for, called off, and asked for again', async () => {
    const stage = await new PnpStage().started()
    expect(await stage.pnp.queryRemove()).toBe(STATUS_SUCCESS)
    expect(stage.take()).toEqual(['> QueryRemove', 'QueryRemove', '< QueryRemove STATUS_SUCCESS'])
    expect(await stage.pnp.cancelRemove()).toBe(STATUS_SUCCESS)
    expect(stage.state).toBe('Started D0 Started')
    await stage.pnp.queryRemove()
    stage.take()
    expect(await stage.pnp.remove()).toBe(STATUS_SUCCESS)
    expect(stage.take()).toEqual([
      '> Remove',
      ...LEAVE_D0,
      ...CLEANUP,
      ...GONE,
      '< Remove STATUS_SUCCESS',
    ])
  })

  it('is vetoed by the driver', async () => {
    const stage = (await new PnpStage().started()).fail('EvtDeviceQueryRemove')
    expect(await stage.pnp.queryRemove()).toBe(STATUS_UNSUCCESSFUL)
    expect(stage.pnp.pnpState).toBe('Started')
  })

  it('of a device that never started calls no driver but for the end', async () => {
    const stage = new PnpStage()
    expect(await stage.pnp.queryRemove()).toBe(STATUS_SUCCESS)
    expect(await stage.pnp.cancelRemove()).toBe(STATUS_SUCCESS)
    expect(await stage.pnp.queryRemove()).toBe(STATUS_SUCCESS)
    expect(await stage.pnp.remove()).toBe(STATUS_SUCCESS)
    expect(stage.log.filter((line) => !/^[<>]/.test(line))).toEqual([
      '[purgeOtherQueues]',
      '[disposeDevice]',
    ])
    expect(stage.pnp.pnpState).toBe('Final')
  })

  it('ends every request that comes after it', async () => {
    const stage = await new PnpStage().started()
    await stage.pnp.remove()
    expect(await stage.pnp.start()).toBe(STATUS_INVALID_DEVICE_STATE)
    expect(await stage.pnp.remove()).toBe(STATUS_INVALID_DEVICE_STATE)
    expect(await stage.pnp.surpriseRemove()).toBe(STATUS_INVALID_DEVICE_STATE)
  })
})

describe('surprise removal', () => {
  it('tears down what runs, and ends with the removal', async () => {
    const stage = await new PnpStage().started()
    expect(await stage.pnp.surpriseRemove()).toBe(STATUS_SUCCESS)
    expect(stage.take()).toEqual([
      '> SurpriseRemove',
      'SurpriseRemoval',
      ...LEAVE_D0,
      ...CLEANUP,
      '< SurpriseRemove STATUS_SUCCESS',
    ])
    expect(stage.pnp.pnpState).toBe('FailedWaitForRemove')
    expect(await stage.pnp.remove()).toBe(STATUS_SUCCESS)
    expect(stage.take()).toEqual(['> Remove', ...GONE, '< Remove STATUS_SUCCESS'])
  })

  it('finds a device that was asked whether it may go, or has been stopped', async () => {
    const asked = await new PnpStage().started()
    await asked.pnp.queryRemove()
    await asked.pnp.surpriseRemove()
    expect(asked.states).toContain('pnp QueriedSurpriseRemove')
    const stopped = await new PnpStage().started()
    await stopped.pnp.queryStop()
    await stopped.pnp.stop()
    stopped.take()
    await stopped.pnp.surpriseRemove()
    expect(stopped.take()).toEqual(
      lines(`
        > SurpriseRemove
        SurpriseRemoval
        [disableInterfaces]
        [purgePowerManagedQueues]
        SelfManagedIoFlush
        < SurpriseRemove STATUS_SUCCESS
      `),
    )
  })

  it('changes nothing on a device that did not start, or has failed', async () => {
    const stage = new PnpStage().fail('EvtDevicePrepareHardware')
    expect(await stage.pnp.surpriseRemove()).toBe(STATUS_SUCCESS)
    expect(stage.pnp.pnpState).toBe('Init')
    await stage.pnp.start()
    stage.take()
    expect(await stage.pnp.surpriseRemove()).toBe(STATUS_SUCCESS)
    expect(stage.take()).toEqual(
      lines(`
        > SurpriseRemove
        SurpriseRemoval
        < SurpriseRemove STATUS_SUCCESS
      `),
    )
  })

  it('may overlap a callback of the power machine', async () => {
    const stage = await new PnpStage().started()
    stage.pnp.assignS0IdleSettings({ idleTimeoutMs: 5 })
    const exited = new Gate()
    stage.outcomes.set('EvtDeviceD0Exit', exited.wait)
    stage.clock.advance(5)
    const removal = stage.pnp.surpriseRemove()
    expect(stage.log.slice(-3)).toEqual(['D0Exit D3', '> SurpriseRemove', 'SurpriseRemoval'])
    exited.open()
    expect(await removal).toBe(STATUS_SUCCESS)
    expect(stage.log.slice(-6)).toEqual([
      '[disconnectInterrupts]',
      ...CLEANUP,
      '< SurpriseRemove STATUS_SUCCESS',
    ])
  })

  it('is what a driver asks for that gives its device up', async () => {
    let wanted = 0
    const host = { reenumerate: () => wanted++ }
    const stage = await new PnpStage({ host }).started()
    await stage.pnp.setFailed('attemptRestart')
    expect(stage.pnp.pnpState).toBe('FailedWaitForRemove')
    expect(wanted).toBe(1)
    const other = await new PnpStage({ host }).started()
    await other.pnp.setFailed('noRestart')
    expect(wanted).toBe(1)
  })
})

describe('restart', () => {
  it('stops and starts a device that runs', async () => {
    const stage = await new PnpStage().started()
    expect(await stage.pnp.start()).toBe(STATUS_SUCCESS)
    expect(stage.take()).toEqual([
      '> StartDevice',
      ...LEAVE_D0,
      'ReleaseHardware',
      ...ENTER_D0,
      '< StartDevice STATUS_SUCCESS',
    ])
  })

  it.each([
    ['EvtDeviceD0Exit', 'HardwareAvailablePowerPolicyFailed'],
    ['EvtDeviceReleaseHardware', 'Failed'],
    ['startLowerDrivers', 'Failed'],
    ['EvtDevicePrepareHardware', 'FailedOwnHardware'],
    ['EvtDeviceD0Entry', 'HardwareAvailablePowerPolicyFailed'],
  ] as const)('fails with %s, by way of %s', async (failing, by) => {
    const stage = (await new PnpStage().started()).fail(failing)
    expect(await stage.pnp.start()).toBeLessThan(0)
    expect(stage.states).toContain(`pnp ${by}`)
    expect(stage.pnp.pnpState).toBe('FailedWaitForRemove')
  })
})

const child = (isPresent: () => boolean): PnpStage =>
  new PnpStage({ kind: 'pdo', host: { isPresent } })

describe('a bus driver child', () => {
  it('stays while it is plugged in, and starts again', async () => {
    let present = true
    const stage = await child(() => present).started()
    expect(await stage.pnp.remove()).toBe(STATUS_SUCCESS)
    expect(stage.pnp.pnpState).toBe('RemovedPdoWait')
    expect(await stage.pnp.start()).toBe(STATUS_SUCCESS)
    expect(stage.states).toContain('pnp PdoRestart')
    expect(stage.state).toBe('Started D0 Started')
    present = false
    expect(await stage.pnp.remove()).toBe(STATUS_SUCCESS)
    expect(stage.pnp.pnpState).toBe('Final')
  })

  it('is told of a surprise removal that comes after its removal', async () => {
    let present = true
    const stage = await child(() => present).started()
    await stage.pnp.remove()
    stage.take()
    expect(await stage.pnp.surpriseRemove()).toBe(STATUS_SUCCESS)
    expect(stage.take()).toEqual(
      lines(`
        > SurpriseRemove
        SurpriseRemoval
        < SurpriseRemove STATUS_SUCCESS
      `),
    )
    expect(stage.pnp.pnpState).toBe('RemovedPdoWait')
    present = false
    await stage.pnp.remove()
    expect(stage.pnp.pnpState).toBe('Final')
  })

  it('is ejected, or is not', async () => {
    const stage = await child(() => true).started()
    await stage.pnp.remove()
    stage.outcomes.set('EvtDeviceEject', STATUS_DEVICE_BUSY)
    expect(await stage.pnp.eject()).toBe(STATUS_DEVICE_BUSY)
    expect(stage.pnp.pnpState).toBe('EjectFailed')
    expect(await stage.pnp.start()).toBe(STATUS_SUCCESS)
    await stage.pnp.remove()
    stage.outcomes.clear()
    expect(await stage.pnp.eject()).toBe(STATUS_SUCCESS)
    expect(stage.pnp.pnpState).toBe('EjectedWaitingForRemove')
    expect(await stage.pnp.remove()).toBe(STATUS_SUCCESS)
    expect(stage.pnp.pnpState).toBe('Final')
  })

  it('that could not be made goes to its end', () => {
    const stage = child(() => false)
    stage.pnp.creationFailed()
    expect(stage.pnp.pnpState).toBe('Final')
    expect(stage.log).toEqual(['[disposeDevice]'])
  })

  it('goes before its bus', async () => {
    const log: string[] = []
    const bus = await new PnpStage({ log, name: 'bus' }).started()
    const onBus = await new PnpStage({ log, name: 'child', kind: 'pdo', parent: bus }).started()
    expect(await bus.pnp.remove()).toBe(STATUS_SUCCESS)
    expect([bus.pnp.pnpState, onBus.pnp.pnpState]).toEqual(['Final', 'Final'])
    expect(log.filter((line) => line === '[disposeDevice]')).toHaveLength(2)
    expect(log.indexOf('< Remove STATUS_SUCCESS')).toBeLessThan(log.lastIndexOf('> Remove'))
  })

  it('that was removed but is still there goes with its bus', async () => {
    const bus = await new PnpStage({ name: 'bus' }).started()
    const onBus = new PnpStage({ kind: 'pdo', parent: bus, host: { isPresent: () => true } })
    await onBus.started()
    expect(await bus.pnp.remove()).toBe(STATUS_SUCCESS)
    expect(bus.states).toContain('pnp Removed')
    expect(onBus.pnp.pnpState).toBe('Final')
    expect(onBus.states).not.toContain('pnp RemovedWaitForChildren')
  })
})
