import { describe, expect, it } from 'vitest'
import type { DeviceCallbackName } from '../../../../src/framework/pnp/device-callbacks.js'
import type { HostStep } from '../../../../src/framework/pnp/pnp-context.js'
import { lines, PnpStage } from '../../../harness/pnp-stage.js'

const IDLE_MS = 10

async function idling(stage: PnpStage): Promise<PnpStage> {
  await stage.started()
  stage.pnp.assignS0IdleSettings({ idleTimeoutMs: IDLE_MS, dxState: 'D2' })
  return stage
}

const down = (target: string): string[] =>
  lines(`
    SelfManagedIoSuspend ${target}
    [holdQueues]
    D0ExitPreHardwareDisabled ${target}
    [disableDma]
    D0ExitPreInterruptsDisabled ${target}
    [disconnectInterrupts]
    D0Exit ${target}
  `)
const REMOVED = lines(`
  ReleaseHardware
  [disableInterfaces]
  [purgePowerManagedQueues]
  SelfManagedIoFlush
  [purgeOtherQueues]
  SelfManagedIoCleanup
  [disposeDevice]
`)

describe.each([true, false])('out of D0 (power pageable: %s)', (isPowerPageable) => {
  const suffix = isPowerPageable ? '' : 'NP'

  it('runs the start backwards when the device is idle', async () => {
    const stage = await idling(new PnpStage({ isPowerPageable }))
    stage.clock.advance(IDLE_MS)
    expect(stage.log).toEqual(down('D2'))
    expect(stage.state).toBe(`Started Dx${suffix} WaitingUnarmed`)
    expect(stage.pnp.devicePowerState).toBe('D2')
  })

  it.each<DeviceCallbackName | HostStep>([
    'EvtDeviceSelfManagedIoSuspend',
    'EvtDeviceD0ExitPreHardwareDisabled',
    'disableDma',
    'EvtDeviceD0ExitPreInterruptsDisabled',
    'disconnectInterrupts',
    'EvtDeviceD0Exit',
  ])('goes on to the end when %s fails, and fails the device', async (failing) => {
    const stage = (await idling(new PnpStage({ isPowerPageable }))).fail(failing)
    stage.clock.advance(IDLE_MS)
    expect(stage.log).toEqual([
      ...down('D2'),
      // What the failed step may have left connected.
      '[disconnectInterrupts]',
      'ReleaseHardware',
      '[disableInterfaces]',
      '[purgePowerManagedQueues]',
      'SelfManagedIoFlush',
    ])
    expect(stage.states).toContain(`power GotoDx${isPowerPageable ? '' : 'NP'}Failed`)
    expect(stage.state).toBe('FailedWaitForRemove Stopped Removed')
  })

  it('needs no second exit when it is removed while it is down', async () => {
    const stage = await idling(new PnpStage({ isPowerPageable }))
    stage.clock.advance(IDLE_MS)
    stage.log.length = 0
    expect(await stage.pnp.surpriseRemove()).toBe(0)
    expect(stage.log).toEqual(
      lines(`
        > SurpriseRemove
        SurpriseRemoval
        [disconnectInterrupts]
        ReleaseHardware
        [disableInterfaces]
        [purgePowerManagedQueues]
        SelfManagedIoFlush
        < SurpriseRemove STATUS_SUCCESS
      `),
    )
  })
})

describe('out of D0 for good', () => {
  it('runs the start backwards, and takes everything away', async () => {
    const stage = await new PnpStage().started()
    expect(await stage.pnp.remove()).toBe(0)
    expect(stage.log).toEqual([
      '> Remove',
      ...down('D3Final'),
      ...REMOVED,
      '< Remove STATUS_SUCCESS',
    ])
    expect(stage.state).toBe('Final Stopped Removed')
  })

  it.each<DeviceCallbackName | HostStep>([
    'EvtDeviceSelfManagedIoSuspend',
    'EvtDeviceD0ExitPreHardwareDisabled',
    'disableDma',
    'EvtDeviceD0ExitPreInterruptsDisabled',
    'disconnectInterrupts',
    'EvtDeviceD0Exit',
    'EvtDeviceReleaseHardware',
  ])('goes on to the end when %s fails', async (failing) => {
    const stage = (await new PnpStage().started()).fail(failing)
    expect(await stage.pnp.remove()).toBe(0)
    expect(stage.log.slice(1, -1)).toEqual([...down('D3Final'), ...REMOVED])
    expect(stage.state).toBe('Final Stopped Removed')
  })
})

describe('interrupts that can wake', () => {
  it('hold the machine until they have followed, both ways', async () => {
    const notices: string[] = []
    const stage = await idling(
      new PnpStage({
        host: { wakeInterruptCount: 1, notifyWakeInterrupts: (notice) => notices.push(notice) },
      }),
    )
    stage.clock.advance(IDLE_MS)
    expect(stage.pnp.powerState).toBe('NotifyingD0ExitToWakeInterrupts')
    stage.pnp.wakeInterruptsReady()
    expect(stage.pnp.powerState).toBe('Dx')
    expect(stage.pnp.powerReference()).toBeGreaterThan(0)
    expect(stage.pnp.powerState).toBe('NotifyingD0EntryToWakeInterrupts')
    stage.pnp.wakeInterruptsReady()
    expect(stage.pnp.powerState).toBe('D0')
    expect(notices).toEqual(['leaving D0, not armed for wake', 'entering D0'])
  })

  it('are told that a device which can wake stays armed, and of an entry that failed', async () => {
    const notices: string[] = []
    const stage = await new PnpStage({
      host: { wakeInterruptCount: 2, notifyWakeInterrupts: (notice) => notices.push(notice) },
    }).started()
    stage.pnp.assignS0IdleSettings({ idleTimeoutMs: IDLE_MS, wakeFromS0Capable: true })
    stage.clock.advance(IDLE_MS)
    stage.pnp.wakeInterruptsReady()
    stage.fail('EvtDeviceD0Entry')
    stage.pnp.wakeInterruptFired()
    expect(stage.states).toContain('policy WaitingArmedWakeInterruptFired')
    expect(notices).toEqual(['leaving D0', 'D0 entry failed'])
    expect(stage.pnp.pnpState).toBe('FailedWaitForRemove')
  })
})
