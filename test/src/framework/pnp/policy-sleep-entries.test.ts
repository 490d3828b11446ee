import { describe, expect, it } from 'vitest'
import type { DevicePowerRoute } from '../../../../src/framework/pnp/pnp-power-host.js'
import { lines, PnpStage, type StageOptions } from '../../../harness/pnp-stage.js'

const DOWN = lines(`
  SelfManagedIoSuspend D3
  [holdQueues]
  D0ExitPreHardwareDisabled D3
  [disableDma]
  D0ExitPreInterruptsDisabled D3
  [disconnectInterrupts]
  D0Exit D3
`)
const ARMED_DOWN = [
  ...DOWN.slice(0, 2),
  'ArmWakeFromSx',
  ...DOWN.slice(2).map((line) => line.replace('Interrupts]', 'Interrupts armed]')),
]
const HARDWARE_UP = lines(`
  D0Entry D3
  [connectInterrupts]
  D0EntryPostInterruptsEnabled D3
  [enableDma]
  [scanChildren]
  D0EntryPostHardwareEnabled D3
`)
const IO_UP = lines(`
  [resumeQueues]
  SelfManagedIoRestart
`)

async function asleep(options: StageOptions = {}, wake = true): Promise<PnpStage> {
  const stage = await new PnpStage(options).started()
  if (wake) stage.pnp.assignSxWakeSettings({})
  await stage.pnp.setSystemPower('S3')
  return stage
}

describe('a device that cannot wake the system', () => {
  it('sleeps and wakes with it', async () => {
    const stage = await asleep({}, false)
    expect(stage.take()).toEqual(DOWN)
    expect(stage.state).toBe('Started Dx SystemAsleepNoWake')
    await stage.pnp.setSystemPower('S0')
    expect(stage.take()).toEqual([...HARDWARE_UP, ...IO_UP])
    expect(stage.state).toBe('Started D0 Started')
  })

  it('is told that it will not come back when the system shuts down', async () => {
    const stage = await new PnpStage().started()
    await stage.pnp.setSystemPower('S5')
    expect(stage.take().at(-1)).toBe('D0Exit D3Final')
  })

  it('stays down after the system woke when it idled and nobody needs it', async () => {
    const stage = await new PnpStage().started()
    stage.pnp.assignS0IdleSettings({ idleTimeoutMs: 10 })
    stage.clock.advance(10)
    stage.take()
    await stage.pnp.setSystemPower('S3')
    await stage.pnp.setSystemPower('S0')
    expect(stage.take()).toEqual([])
    expect(stage.pnp.powerPolicyState).toBe('WaitingUnarmed')
    stage.pnp.assignS0IdleSettings({ idleTimeoutMs: 10, powerUpIdleDeviceOnSystemWake: true })
    stage.clock.advance(10)
    await stage.pnp.setSystemPower('S3')
    await stage.pnp.setSystemPower('S0')
    expect(stage.pnp.devicePowerState).toBe('D0')
  })

  it('takes a reference along: it waits through the sleep', async () => {
    const stage = await asleep({}, false)
    const reference = stage.pnp.powerReferenceAndWait()
    expect(stage.pnp.devicePowerState).toBe('D3')
    await stage.pnp.setSystemPower('S0')
    expect(await reference).toBe(0)
  })

  it('does not hold the system back when it is not started, or fails', async () => {
    await new PnpStage().pnp.setSystemPower('S3')
    const stage = (await new PnpStage().started()).fail('EvtDeviceD0Exit')
    await stage.pnp.setSystemPower('S3')
    expect(stage.pnp.pnpState).toBe('FailedWaitForRemove')
  })

  it('fails when it does not come up', async () => {
    const stage = (await asleep({}, false)).fail('EvtDeviceD0EntryPostInterruptsEnabled')
    await stage.pnp.setSystemPower('S0')
    expect(stage.states).toContain('policy SystemWakeDevicePowerRequestFailed')
    expect(stage.pnp.pnpState).toBe('FailedWaitForRemove')
  })
})

describe.each([true, false])('a device that can (power pageable: %s)', (isPowerPageable) => {
  const suffix = isPowerPageable ? '' : 'NP'

  it('is armed between queues and hardware', async () => {
    const stage = await asleep({ isPowerPageable })
    expect(stage.take()).toEqual(ARMED_DOWN)
    expect(stage.pnp.powerPolicyState).toBe(`SystemAsleepWakeArmed${suffix}`)
  })

  it('is disarmed when something else woke the system', async () => {
    const stage = await asleep({ isPowerPageable })
    stage.take()
    await stage.pnp.setSystemPower('S0')
    expect(stage.take()).toEqual([...HARDWARE_UP, 'DisarmWakeFromSx', ...IO_UP])
    expect(stage.pnp.powerPolicyState).toBe('Started')
  })

  it.each(['signalWake', 'wakeInterruptFired'] as const)('wakes the system: %s', async (how) => {
    const stage = await asleep({ isPowerPageable })
    stage.take()
    stage.pnp[how]()
    expect(stage.pnp.powerPolicyState).toBe(`SystemWakeDeviceWakeTriggered${suffix}`)
    await stage.pnp.setSystemPower('S0')
    expect(stage.take()).toEqual([
      ...HARDWARE_UP,
      'WakeFromSxTriggered',
      'DisarmWakeFromSx',
      ...IO_UP,
    ])
  })

  it('sleeps without wake when it cannot be armed', async () => {
    const stage = (await new PnpStage({ isPowerPageable }).started()).fail('EvtDeviceArmWakeFromSx')
    stage.pnp.assignSxWakeSettings({})
    await stage.pnp.setSystemPower('S3')
    expect(stage.log.slice(2, 4)).toEqual(['ArmWakeFromSx', 'DisarmWakeFromSx'])
    expect(stage.pnp.powerPolicyState).toBe('SystemAsleepNoWake')
  })

  it('is not disarmed when a class extension kept it from being armed', async () => {
    const pre = { EvtDeviceArmWakeFromSx: () => -1 }
    const stage = await asleep({ isPowerPageable, extensions: [{ pre }] })
    expect(stage.take()).toEqual(
      DOWN.map((line) => line.replace('Interrupts]', 'Interrupts armed]')),
    )
  })

  it('gives its wake up when it does not power down', async () => {
    const stage = (await new PnpStage({ isPowerPageable }).started()).fail('EvtDeviceD0Exit')
    stage.pnp.assignSxWakeSettings({})
    await stage.pnp.setSystemPower('S3')
    expect(stage.states).toContain('policy SleepingWakePowerDownFailed')
    expect(stage.pnp.pnpState).toBe('FailedWaitForRemove')
  })

  it.each(['signalWake', 'none'] as const)('fails when it does not come up (%s)', async (how) => {
    const stage = (await asleep({ isPowerPageable })).fail('EvtDeviceD0Entry')
    if (how === 'signalWake') stage.pnp.signalWake()
    await stage.pnp.setSystemPower('S0')
    expect(stage.pnp.pnpState).toBe('FailedWaitForRemove')
  })
})

describe('who wakes whom', () => {
  it('sleeps without wake in a state too deep for it, or without its bus', async () => {
    const stage = await new PnpStage().started()
    stage.pnp.assignSxWakeSettings({ deepestWakeState: 'S2' })
    await stage.pnp.setSystemPower('S3')
    expect(stage.log).toEqual(DOWN)
    const refused = await asleep({ host: { sendWaitWake: () => -1 } })
    expect(refused.pnp.powerPolicyState).toBe('SystemAsleepNoWake')
  })

  it('tells who wants it, and arms a bus for its children', async () => {
    const bus = await new PnpStage({ name: 'bus', withReason: true }).started()
    const child = new PnpStage({ kind: 'pdo', isPowerPolicyOwner: false, parent: bus })
    await child.started()
    void child.pnp.waitWake()
    await child.pnp.setDevicePower('D3')
    bus.pnp.assignSxWakeSettings({ enabled: false, armForWakeIfChildrenAreArmed: true })
    await bus.pnp.setSystemPower('S3')
    expect(bus.log).toContain('ArmWakeFromSxWithReason false true')
    expect(bus.log).not.toContain('ArmWakeFromSx')
  })

  it('takes the bus of a child that owns its policy along', async () => {
    const stage = await asleep({ kind: 'pdo' })
    expect(stage.log).toContain('EnableWakeAtBus S3')
    await stage.pnp.setSystemPower('S0')
    expect(stage.log).toContain('DisableWakeAtBus')
    stage.fail('EvtDeviceEnableWakeAtBus').take()
    await stage.pnp.setSystemPower('S3')
    expect(stage.log).toContain('DisarmWakeFromSx')
    expect(stage.pnp.powerPolicyState).toBe('SystemAsleepNoWake')
  })
})

describe('an idle device', () => {
  it('goes through D0 to be armed for another kind of wake', async () => {
    const stage = await new PnpStage().started()
    stage.pnp.assignS0IdleSettings({ idleTimeoutMs: 10, wakeFromS0Capable: true })
    stage.pnp.assignSxWakeSettings({})
    stage.clock.advance(10)
    stage.take()
    await stage.pnp.setSystemPower('S3')
    expect(stage.take()).toEqual([...HARDWARE_UP, 'DisarmWakeFromS0', ...IO_UP, ...ARMED_DOWN])
  })

  it('that is not armed goes through D0 only when it is to wake the system', async () => {
    const stage = await new PnpStage().started()
    stage.pnp.assignS0IdleSettings({ idleTimeoutMs: 10 })
    stage.clock.advance(10)
    stage.take()
    await stage.pnp.setSystemPower('S3')
    expect(stage.take()).toEqual([])
    await stage.pnp.setSystemPower('S0')
    stage.pnp.assignSxWakeSettings({})
    await stage.pnp.setSystemPower('S3')
    expect(stage.take()).toEqual([...HARDWARE_UP, ...IO_UP, ...ARMED_DOWN])
  })

  it.each([true, false])('fails when it does not come up for it (armed: %s)', async (isArmed) => {
    const stage = await new PnpStage().started()
    stage.pnp.assignS0IdleSettings({ idleTimeoutMs: 10, wakeFromS0Capable: isArmed })
    stage.pnp.assignSxWakeSettings({})
    stage.clock.advance(10)
    stage.fail('EvtDeviceD0Entry')
    await stage.pnp.setSystemPower('S3')
    expect(stage.pnp.pnpState).toBe('FailedWaitForRemove')
  })
})

describe('device power requests that go astray', () => {
  it.each<[DevicePowerRoute, string]>([
    ['refused', 'SleepingNoWakeDxRequestFailed'],
    ['not seen', 'SleepingPowerDownNotProcessed'],
  ])('do not hold the system back (%s)', async (route, by) => {
    for (const wake of [true, false]) {
      const routeDevicePower = (): DevicePowerRoute => route
      const stage = await asleep({ host: { routeDevicePower } }, wake)
      expect(stage.states).toContain(`policy ${by}`)
      expect(stage.pnp.powerPolicyState).not.toMatch(/^System/)
    }
  })

  it.each<DevicePowerRoute>(['refused', 'not seen'])('fail at the wake (%s)', async (astray) => {
    for (const wake of [true, false]) {
      let route: DevicePowerRoute = 'sent'
      const stage = await asleep({ host: { routeDevicePower: () => route } }, wake)
      route = astray
      await stage.pnp.setSystemPower('S0')
      expect(stage.states).toContain('policy SystemWakeDeviceD0PowerRequestFailed')
      expect(stage.pnp.pnpState).toBe('FailedWaitForRemove')
    }
  })
})
