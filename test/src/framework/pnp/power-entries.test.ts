import { describe, expect, it } from 'vitest'
import { STATUS_DEVICE_POWER_FAILURE } from '../../../../src/abi/ntstatus.js'
import type { DeviceCallbackName } from '../../../../src/framework/pnp/device-callbacks.js'
import type { HostStep } from '../../../../src/framework/pnp/pnp-context.js'
import { lines, PnpStage } from '../../../harness/pnp-stage.js'

/** Into D0 for the first time; each line with what undoes it when it or what follows it fails. */
const START = lines(`
  PrepareHardware
  D0Entry D3Final
  [connectInterrupts]
  D0EntryPostInterruptsEnabled D3Final
  [enableDma]
  [scanChildren]
  D0EntryPostHardwareEnabled D3Final
  [resumeQueues]
  SelfManagedIoInit
`)
const TEARDOWN = lines(`
  ReleaseHardware
  [disableInterfaces]
  [purgePowerManagedQueues]
`)
const INTERRUPTS_DOWN = lines(`
  [disconnectInterrupts]
  D0Exit D3Final
`)
const DMA_DOWN = ['[disableDma]', 'D0ExitPreInterruptsDisabled D3Final', ...INTERRUPTS_DOWN]
const HARDWARE_DOWN = ['D0ExitPreHardwareDisabled D3Final', ...DMA_DOWN]

describe('the start', () => {
  it('calls the driver and the Framework in the order of KMDF', async () => {
    const stage = new PnpStage({ verbose: true })
    expect(await stage.pnp.start()).toBe(0)
    expect(stage.log).toEqual(
      lines(`
        > StartDevice
        FilterRemoveResourceRequirements
        FilterAddResourceRequirements
        RemoveAddedResources
        [startLowerDrivers]
        PrepareHardware
        D0Entry D3Final
        [connectInterrupts]
        D0EntryPostInterruptsEnabled D3Final
        [enableDma]
        [scanChildren]
        D0EntryPostHardwareEnabled D3Final
        [resumeQueues]
        SelfManagedIoInit
        [initializePowerManagement]
        [enableInterfaces]
        < StartDevice STATUS_SUCCESS
      `),
    )
    expect(stage.state).toBe('Started D0 Started')
    expect(stage.pnp.devicePowerState).toBe('D0')
    expect(stage.pnp.isStarted).toBe(true)
  })

  it.each<[failing: DeviceCallbackName | HostStep, reached: string, undone: string[]]>([
    ['EvtDeviceD0Entry', 'D0Entry D3Final', []],
    ['connectInterrupts', '[connectInterrupts]', INTERRUPTS_DOWN],
    [
      'EvtDeviceD0EntryPostInterruptsEnabled',
      'D0EntryPostInterruptsEnabled D3Final',
      INTERRUPTS_DOWN,
    ],
    ['enableDma', '[enableDma]', DMA_DOWN],
    ['EvtDeviceD0EntryPostHardwareEnabled', 'D0EntryPostHardwareEnabled D3Final', HARDWARE_DOWN],
  ])('undoes what was done when %s fails', async (failing, reached, undone) => {
    const stage = new PnpStage().fail(failing)
    expect(await stage.pnp.start()).toBe(STATUS_DEVICE_POWER_FAILURE)
    expect(stage.log).toEqual([
      '> StartDevice',
      ...START.slice(0, START.indexOf(reached) + 1),
      ...undone,
      ...TEARDOWN,
      '< StartDevice STATUS_DEVICE_POWER_FAILURE',
    ])
    expect(stage.state).toBe('FailedWaitForRemove Stopped Removed')
    expect(stage.pnp.devicePowerState).toBe('D3Final')
  })

  it('undoes everything, queues first, when EvtDeviceSelfManagedIoInit fails', async () => {
    const stage = new PnpStage().fail('EvtDeviceSelfManagedIoInit')
    expect(await stage.pnp.start()).toBe(STATUS_DEVICE_POWER_FAILURE)
    expect(stage.log).toEqual([
      '> StartDevice',
      ...START,
      '[holdQueues]',
      ...HARDWARE_DOWN,
      ...TEARDOWN,
      'SelfManagedIoFlush',
      '< StartDevice STATUS_DEVICE_POWER_FAILURE',
    ])
  })

  it('exits D0 when a class extension fails after the driver entered it', async () => {
    const stage = new PnpStage({ extensions: [{ post: { EvtDeviceD0Entry: () => -1 } }] })
    expect(await stage.pnp.start()).toBe(STATUS_DEVICE_POWER_FAILURE)
    expect(stage.log).toEqual([
      '> StartDevice',
      'PrepareHardware',
      'D0Entry D3Final',
      'D0Exit D3Final',
      ...TEARDOWN,
      '< StartDevice STATUS_DEVICE_POWER_FAILURE',
    ])
    expect(stage.states).toContain('power InitialPowerUpFailedPowerDown')
  })

  it('suspends self-managed I/O when a class extension fails after the driver began it', async () => {
    const stage = new PnpStage({ extensions: [{ post: { EvtDeviceSelfManagedIoInit: () => -1 } }] })
    await stage.pnp.start()
    expect(stage.log).toEqual([
      '> StartDevice',
      ...START,
      'SelfManagedIoSuspend D3Final',
      '[holdQueues]',
      ...HARDWARE_DOWN,
      ...TEARDOWN,
      'SelfManagedIoFlush',
      '< StartDevice STATUS_DEVICE_POWER_FAILURE',
    ])
  })

  it('does not disable hardware that a class extension kept from being enabled', async () => {
    const pre = { EvtDeviceD0EntryPostHardwareEnabled: () => -1 }
    const stage = new PnpStage({ extensions: [{ pre }] })
    await stage.pnp.start()
    expect(stage.log).not.toContain('D0EntryPostHardwareEnabled D3Final')
    expect(stage.log).not.toContain('D0ExitPreHardwareDisabled D3Final')
    expect(stage.log).toContain('[disableDma]')
  })

  it('takes a device that is not power pageable to the twin of D0', async () => {
    const stage = await new PnpStage({ isPowerPageable: false }).started()
    expect(stage.pnp.powerState).toBe('D0NP')
    stage.pnp.setPowerPageable(true)
    expect(stage.pnp.powerState).toBe('D0')
    stage.pnp.setPowerPageable(false)
    expect(stage.pnp.powerState).toBe('D0NP')
  })
})

/** From idle D3 back to D0. */
const WAKING = lines(`
  D0Entry D3
  [connectInterrupts]
  D0EntryPostInterruptsEnabled D3
  [enableDma]
  [scanChildren]
  D0EntryPostHardwareEnabled D3
  [resumeQueues]
  SelfManagedIoRestart
`)

async function idle(isPowerPageable = true): Promise<PnpStage> {
  const stage = await new PnpStage({ isPowerPageable }).started()
  stage.pnp.assignS0IdleSettings({ idleTimeoutMs: 10 })
  stage.clock.advance(10)
  expect(stage.pnp.powerPolicyState).toBe('WaitingUnarmed')
  stage.log.length = 0
  return stage
}

describe.each([true, false])('back to D0 (power pageable: %s)', (isPageable) => {
  const suffix = isPageable ? '' : 'NP'

  it('calls what the start calls, but PrepareHardware', async () => {
    const stage = await idle(isPageable)
    expect(await stage.pnp.powerReferenceAndWait()).toBe(0)
    expect(stage.log).toEqual(WAKING)
    expect(stage.state).toBe(`Started D0${suffix} StartedIdleCapable`)
  })

  it.each<[failing: DeviceCallbackName | HostStep, reached: string, undone: string[]]>([
    ['EvtDeviceD0Entry', 'D0Entry D3', ['[disconnectInterrupts]']],
    ['connectInterrupts', '[connectInterrupts]', INTERRUPTS_DOWN],
    ['EvtDeviceD0EntryPostInterruptsEnabled', 'D0EntryPostInterruptsEnabled D3', INTERRUPTS_DOWN],
    ['enableDma', '[enableDma]', DMA_DOWN],
    ['EvtDeviceD0EntryPostHardwareEnabled', 'D0EntryPostHardwareEnabled D3', HARDWARE_DOWN],
    ['EvtDeviceSelfManagedIoRestart', 'SelfManagedIoRestart', ['[holdQueues]', ...HARDWARE_DOWN]],
  ])('fails the device when %s fails', async (failing, reached, undone) => {
    const stage = await idle(isPageable)
    stage.fail(failing)
    const reference = stage.pnp.powerReferenceAndWait()
    expect(stage.log).toEqual([
      ...WAKING.slice(0, WAKING.indexOf(reached) + 1),
      ...undone,
      ...TEARDOWN_AFTER_FAILURE,
    ])
    expect(await reference).toBeLessThan(0)
    expect(stage.state).toBe('FailedWaitForRemove Stopped Removed')
  })
})

/** The device failed on its own: surprise removal's way down, without the callback of that name. */
const TEARDOWN_AFTER_FAILURE = [...TEARDOWN, 'SelfManagedIoFlush']

const child = (): PnpStage => new PnpStage({ kind: 'pdo', isPowerPolicyOwner: false })

describe('the wake line of a bus driver child', () => {
  it('is armed in D0 for the driver above, and disarmed when it fires', async () => {
    const stage = await child().started()
    const wait = stage.pnp.waitWake()
    expect(stage.take()).toEqual(['EnableWakeAtBus S0'])
    expect(stage.pnp.powerState).toBe('D0ArmedForWake')
    expect(stage.pnp.signalWake()).toBe(true)
    expect(await wait).toBe(0)
    expect(stage.take()).toEqual(['DisableWakeAtBus'])
    expect(stage.pnp.powerState).toBe('D0BusWakeOwner')
    expect(stage.pnp.signalWake()).toBe(false)
  })

  it('fails the request when the bus cannot be armed', async () => {
    const stage = (await child().started()).fail('EvtDeviceEnableWakeAtBus')
    expect(await stage.pnp.waitWake()).toBeLessThan(0)
    expect(stage.pnp.powerState).toBe('D0BusWakeOwner')
  })

  it('stays armed in Dx and is disarmed on the way up', async () => {
    const stage = await child().started()
    const wait = stage.pnp.waitWake()
    expect(await stage.pnp.setDevicePower('D2')).toBe(0)
    expect(stage.pnp.powerState).toBe('DxArmedForWake')
    expect(stage.take()).toContain('[disconnectInterrupts armed]')
    stage.pnp.signalWake()
    expect(stage.pnp.powerState).toBe('WakePending')
    expect(await wait).toBe(0)
    expect(await stage.pnp.setDevicePower('D0')).toBe(0)
    expect(stage.take().slice(0, 2)).toEqual(['DisableWakeAtBus', 'D0Entry D2'])
    expect(stage.pnp.powerState).toBe('D0BusWakeOwner')
  })

  it('is disarmed when the device stops, armed in D0 or in Dx', async () => {
    for (const target of ['D0', 'D3'] as const) {
      const stage = await child().started()
      void stage.pnp.waitWake()
      if (target === 'D3') await stage.pnp.setDevicePower(target)
      stage.log.length = 0
      await stage.pnp.remove()
      expect(stage.log).toContain('DisableWakeAtBus')
    }
  })
})
