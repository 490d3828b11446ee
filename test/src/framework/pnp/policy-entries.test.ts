import { describe, expect, it } from 'vitest'
import { STATUS_PENDING, STATUS_SUCCESS } from '../../../../src/abi/ntstatus.js'
import type { DevicePowerRoute } from '../../../../src/framework/pnp/pnp-power-host.js'
import type { S0IdleSettings } from '../../../../src/framework/pnp/power-settings.js'
import { lines, PnpStage, type StageOptions } from '../../../harness/pnp-stage.js'
import { Gate } from '../../../harness/gate.js'

const IDLE_MS = 100

async function idleCapable(options: StageOptions = {}, idle: S0IdleSettings = {}) {
  const stage = await new PnpStage(options).started()
  stage.pnp.assignS0IdleSettings({ idleTimeoutMs: IDLE_MS, ...idle })
  return stage
}

const wakeCapable = (options: StageOptions = {}): Promise<PnpStage> =>
  idleCapable(options, { wakeFromS0Capable: true })

/** Idle, down, and armed for wake. */
async function armed(options: StageOptions = {}): Promise<PnpStage> {
  const stage = await wakeCapable(options)
  stage.clock.advance(IDLE_MS)
  expect(stage.pnp.powerPolicyState).toBe('WaitingArmed')
  stage.log.length = 0
  return stage
}

const IO_DOWN = lines(`
  SelfManagedIoSuspend D3
  [holdQueues]
`)
const HARDWARE_DOWN = lines(`
  D0ExitPreHardwareDisabled D3
  [disableDma]
  D0ExitPreInterruptsDisabled D3
  [disconnectInterrupts]
  D0Exit D3
`)
const ARMED_DOWN = HARDWARE_DOWN.map((line) => line.replace('Interrupts]', 'Interrupts armed]'))
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

describe('a device that cannot wake itself', () => {
  it('goes down after the time-out, not before, and comes back for I/O', async () => {
    const stage = await idleCapable()
    stage.clock.advance(IDLE_MS - 1)
    expect(stage.log).toEqual([])
    stage.clock.advance(1)
    expect(stage.take()).toEqual([...IO_DOWN, ...HARDWARE_DOWN])
    expect(stage.state).toBe('Started Dx WaitingUnarmed')
    expect(await stage.pnp.powerReferenceAndWait()).toBe(STATUS_SUCCESS)
    expect(stage.take()).toEqual([...HARDWARE_UP, ...IO_UP])
    stage.clock.advance(10 * IDLE_MS)
    expect(stage.log).toEqual([])
    stage.pnp.powerDereference()
    stage.clock.advance(IDLE_MS)
    expect(stage.pnp.devicePowerState).toBe('D3')
  })

  it('starts the time anew with each reference', async () => {
    const stage = await idleCapable()
    stage.clock.advance(IDLE_MS - 1)
    expect(stage.pnp.powerReference()).toBe(STATUS_SUCCESS)
    stage.pnp.powerDereference()
    stage.clock.advance(IDLE_MS - 1)
    expect(stage.pnp.devicePowerState).toBe('D0')
  })

  it('comes back when I/O arrives while it goes down', async () => {
    const stage = await idleCapable()
    const held = new Gate()
    stage.outcomes.set('holdQueues', held.wait)
    stage.clock.advance(IDLE_MS)
    expect(stage.pnp.powerReference()).toBe(STATUS_PENDING)
    const other = stage.pnp.powerReferenceAndWait()
    held.open()
    expect(await other).toBe(STATUS_SUCCESS)
    expect(stage.take()).toEqual([...IO_DOWN, ...HARDWARE_DOWN, ...HARDWARE_UP, ...IO_UP])
    expect(stage.state).toBe('Started D0 StartedIdleCapable')
  })

  it('stays up when its settings say so, from whatever state', async () => {
    const stage = await idleCapable()
    stage.clock.advance(IDLE_MS)
    stage.pnp.assignS0IdleSettings({ enabled: false })
    expect(stage.state).toBe('Started D0 Started')
    stage.clock.advance(100 * IDLE_MS)
    expect(stage.pnp.devicePowerState).toBe('D0')
    stage.pnp.assignS0IdleSettings({ idleTimeoutMs: 1 })
    stage.clock.advance(1)
    expect(stage.pnp.devicePowerState).toBe('D3')
  })

  it('is brought up for a stop, and left down for a surprise', async () => {
    const stopped = await idleCapable()
    stopped.clock.advance(IDLE_MS)
    stopped.take()
    await stopped.pnp.remove()
    expect(stopped.states).toContain('policy StoppingResetDevice')
    expect(stopped.log.slice(1, 9)).toEqual([...HARDWARE_UP, ...IO_UP])
    const surprised = await idleCapable()
    surprised.clock.advance(IDLE_MS)
    surprised.take()
    await surprised.pnp.surpriseRemove()
    expect(surprised.log).not.toContain('D0Entry D3')
  })

  it('is stopped all the same when it cannot be brought up', async () => {
    for (const failing of ['EvtDeviceD0Entry', 'EvtDeviceSelfManagedIoRestart'] as const) {
      const stage = await idleCapable()
      stage.clock.advance(IDLE_MS)
      stage.fail(failing)
      expect(await stage.pnp.remove()).toBe(STATUS_SUCCESS)
      expect(stage.states).toContain('policy StoppingResetDeviceFailed')
      expect(stage.pnp.pnpState).toBe('Final')
    }
  })
})

describe('a device that can wake itself', () => {
  it('is armed between queues and hardware, and says so when it woke', async () => {
    const stage = await wakeCapable()
    stage.clock.advance(IDLE_MS)
    expect(stage.take()).toEqual([...IO_DOWN, 'ArmWakeFromS0', ...ARMED_DOWN])
    expect(stage.pnp.signalWake()).toBe(true)
    expect(stage.take()).toEqual([
      ...HARDWARE_UP,
      'WakeFromS0Triggered',
      'DisarmWakeFromS0',
      ...IO_UP,
    ])
    expect(stage.state).toBe('Started D0 StartedWakeCapable')
    expect(stage.pnp.signalWake()).toBe(false)
  })

  it('is disarmed, and not told that it woke, when I/O arrives', async () => {
    const stage = await armed()
    expect(await stage.pnp.powerReferenceAndWait()).toBe(STATUS_SUCCESS)
    expect(stage.take()).toEqual([...HARDWARE_UP, 'DisarmWakeFromS0', ...IO_UP])
  })

  it('comes up when its bus can no longer tell', async () => {
    const stage = await armed()
    expect(stage.pnp.failWaitWake(-1)).toBe(true)
    expect(stage.take()).toEqual([...HARDWARE_UP, 'DisarmWakeFromS0', ...IO_UP])
  })

  it('wakes by an interrupt', async () => {
    const stage = await armed()
    stage.pnp.wakeInterruptFired()
    expect(stage.states).toContain('policy WaitingArmedWakeInterruptFired')
    expect(stage.take()).toContain('WakeFromS0Triggered')
    expect(stage.state).toBe('Started D0 StartedWakeCapable')
  })

  it('goes down and up again when it cannot be armed', async () => {
    const stage = (await wakeCapable()).fail('EvtDeviceArmWakeFromS0')
    stage.clock.advance(IDLE_MS)
    expect(stage.take()).toEqual([
      ...IO_DOWN,
      'ArmWakeFromS0',
      ...ARMED_DOWN,
      ...HARDWARE_UP,
      ...IO_UP,
    ])
    expect(stage.pnp.powerPolicyState).toBe('StartedWakeCapable')
  })

  it('is disarmed again when a class extension fails after it was armed', async () => {
    const stage = await wakeCapable({
      extensions: [{ post: { EvtDeviceArmWakeFromS0: () => -1 } }],
    })
    stage.clock.advance(IDLE_MS)
    expect(stage.take().slice(2, 4)).toEqual(['ArmWakeFromS0', 'DisarmWakeFromS0'])
  })

  it('goes down and up again when its bus refuses the wait-wake request', async () => {
    const stage = await wakeCapable({ host: { sendWaitWake: () => -1 } })
    stage.clock.advance(IDLE_MS)
    expect(stage.log).not.toContain('ArmWakeFromS0')
    expect(stage.pnp.powerPolicyState).toBe('StartedWakeCapable')
  })

  it.each(['signalWake', 'failWaitWake'] as const)('hears %s while it goes down', async (what) => {
    const stage = await wakeCapable()
    const exited = new Gate()
    stage.outcomes.set('EvtDeviceD0Exit', exited.wait)
    stage.clock.advance(IDLE_MS)
    if (what === 'signalWake') stage.pnp.signalWake()
    else stage.pnp.failWaitWake(-1)
    exited.open()
    expect(await stage.pnp.powerReferenceAndWait()).toBe(STATUS_SUCCESS)
    expect(stage.log.includes('WakeFromS0Triggered')).toBe(what === 'signalWake')
    expect(stage.log).toContain('DisarmWakeFromS0')
  })

  it.each(['signalWake', 'failWaitWake'] as const)('hears %s before it is armed', async (what) => {
    const stage = await wakeCapable()
    stage.outcomes.set('EvtDeviceArmWakeFromS0', () => {
      if (what === 'signalWake') stage.pnp.signalWake()
      else stage.pnp.failWaitWake(-1)
    })
    stage.clock.advance(IDLE_MS)
    expect(stage.log.includes('WakeFromS0Triggered')).toBe(what === 'signalWake')
    expect(stage.pnp.powerPolicyState).toBe('StartedWakeCapable')
  })

  it('gives its wake up when it does not power down', async () => {
    const stage = (await wakeCapable()).fail('EvtDeviceD0Exit')
    stage.clock.advance(IDLE_MS)
    expect(stage.states).toContain('policy TimerExpiredWakeCapablePowerDownFailedCancelWake')
    expect(stage.pnp.pnpState).toBe('FailedWaitForRemove')
    expect(stage.pnp.signalWake()).toBe(false)
  })

  it('is brought up, disarmed and stopped', async () => {
    const stage = await armed()
    await stage.pnp.remove()
    expect(stage.log.slice(1, 8)).toEqual([...HARDWARE_UP, 'DisarmWakeFromS0'])
    expect(stage.states).toContain('policy StoppingDisarmWakeWakeCanceled')
    expect(stage.pnp.pnpState).toBe('Final')
  })

  it('is stopped all the same when it cannot be brought up', async () => {
    const stage = (await armed()).fail('EvtDeviceD0Entry')
    expect(await stage.pnp.remove()).toBe(STATUS_SUCCESS)
    expect(stage.states).toContain('policy StoppingD0Failed')
    expect(stage.pnp.pnpState).toBe('Final')
  })

  it('has its wake cancelled by a surprise', async () => {
    const stage = await armed()
    await stage.pnp.surpriseRemove()
    expect(stage.states).toContain('policy StoppingCancelWake')
    expect(stage.pnp.signalWake()).toBe(false)
  })

  it('arms its bus as well when it is a bus driver child', async () => {
    const stage = await wakeCapable({ kind: 'pdo' })
    stage.clock.advance(IDLE_MS)
    expect(stage.log.slice(2, 4)).toEqual(['ArmWakeFromS0', 'EnableWakeAtBus S0'])
    stage.take()
    stage.pnp.signalWake()
    expect(stage.take().slice(6, 9)).toEqual([
      'WakeFromS0Triggered',
      'DisableWakeAtBus',
      'DisarmWakeFromS0',
    ])
    stage.fail('EvtDeviceEnableWakeAtBus')
    stage.clock.advance(IDLE_MS)
    expect(stage.states).toContain('policy TimerExpiredWakeCapableCancelWake')
  })
})

const routed = (route: { next: DevicePowerRoute }): StageOptions => ({
  host: { routeDevicePower: () => route.next },
})

describe('device power requests that go astray', () => {
  it.each([false, true])('keep an idle device up (wake: %s)', async (wakeFromS0Capable) => {
    const route: { next: DevicePowerRoute } = { next: 'sent' }
    for (const astray of ['refused', 'not seen'] as const) {
      const stage = await idleCapable(routed(route), { wakeFromS0Capable })
      route.next = astray
      stage.clock.advance(IDLE_MS)
      expect(stage.log).toEqual([])
      expect(stage.pnp.powerState).toBe('D0')
      expect(stage.pnp.powerReference()).toBe(STATUS_SUCCESS)
      route.next = 'sent'
    }
  })

  it('fail a device that cannot be brought up', async () => {
    const route: { next: DevicePowerRoute } = { next: 'sent' }
    for (const astray of ['refused', 'not seen'] as const) {
      const stage = await idleCapable(routed(route))
      stage.clock.advance(IDLE_MS)
      route.next = astray
      const reference = stage.pnp.powerReferenceAndWait()
      expect(stage.states).toContain('policy DeviceD0PowerRequestFailed')
      expect(await reference).toBeLessThan(0)
      expect(stage.pnp.pnpState).toBe('FailedWaitForRemove')
      route.next = 'sent'
    }
  })
})

describe('a stop', () => {
  it.each<DevicePowerRoute>(['refused', 'not seen'])(
    'ends although the device cannot be brought up for it (%s)',
    async (astray) => {
      for (const wakeFromS0Capable of [false, true]) {
        const route: { next: DevicePowerRoute } = { next: 'sent' }
        const stage = await idleCapable(routed(route), { wakeFromS0Capable })
        stage.clock.advance(IDLE_MS)
        route.next = astray
        expect(await stage.pnp.remove()).toBe(STATUS_SUCCESS)
        expect(stage.states).toContain('policy DeviceD0PowerRequestFailed')
        expect(stage.pnp.pnpState).toBe('Final')
      }
    },
  )
})

describe('system-managed idle', () => {
  it('decides when an idle device powers down, and up', async () => {
    const calls: string[] = []
    const systemManagedIdle = {
      declareIdle: () => calls.push('idle') === 0,
      requestActive: () => calls.push('active'),
    }
    for (const wakeFromS0Capable of [false, true]) {
      const stage = await idleCapable({ host: { systemManagedIdle } }, { wakeFromS0Capable })
      stage.clock.advance(IDLE_MS)
      expect(stage.pnp.devicePowerState).toBe('D0')
      stage.pnp.devicePowerNotRequired()
      expect(stage.pnp.devicePowerState).toBe('D3')
      stage.pnp.devicePowerRequired()
      expect(stage.pnp.devicePowerState).toBe('D0')
      stage.clock.advance(IDLE_MS)
      expect(await stage.pnp.powerReferenceAndWait()).toBe(STATUS_SUCCESS)
      expect(stage.states).toContain('policy DeviceIdleReturnToActive')
    }
    expect(calls.slice(0, 4)).toEqual(['idle', 'active', 'idle', 'active'])
  })

  it('is called off by sleep and stop', async () => {
    const host = { systemManagedIdle: { declareIdle: () => false, requestActive: () => {} } }
    const asleep = await idleCapable({ host })
    asleep.clock.advance(IDLE_MS)
    await asleep.pnp.setSystemPower('S3')
    expect(asleep.pnp.devicePowerState).toBe('D3')
    await asleep.pnp.setSystemPower('S0')
    expect(asleep.pnp.devicePowerState).toBe('D0')
    const stopped = await idleCapable({ host })
    stopped.clock.advance(IDLE_MS)
    await stopped.pnp.remove()
    expect(stopped.states).toContain('policy DeviceIdleStopping')
  })
})

describe('a bus and its child', () => {
  it('are up together: the bus first, and down last', async () => {
    const log: string[] = []
    const bus = await new PnpStage({ log, name: 'bus' }).started()
    const child = await new PnpStage({ log, kind: 'pdo', parent: bus }).started()
    bus.pnp.assignS0IdleSettings({ idleTimeoutMs: 10 })
    child.pnp.assignS0IdleSettings({ idleTimeoutMs: 50 })
    bus.clock.advance(49)
    expect(bus.pnp.devicePowerState).toBe('D0')
    bus.clock.advance(1)
    expect([bus.pnp.devicePowerState, child.pnp.devicePowerState]).toEqual(['D0', 'D3'])
    bus.clock.advance(10)
    expect(bus.pnp.devicePowerState).toBe('D3')
    log.length = 0
    expect(await child.pnp.powerReferenceAndWait()).toBe(STATUS_SUCCESS)
    expect(child.states).toContain('power WaitForParent')
    expect(log).toEqual([...HARDWARE_UP, ...IO_UP, ...HARDWARE_UP, ...IO_UP])
    expect([bus.state, child.state]).toEqual([
      'Started D0 StartedIdleCapable',
      'Started D0 StartedIdleCapable',
    ])
  })

  it('are on their own when the bus does not come up, as in KMDF', async () => {
    const bus = await new PnpStage({ name: 'bus' }).started()
    const child = await new PnpStage({ kind: 'pdo', parent: bus }).started()
    child.pnp.assignS0IdleSettings({ idleTimeoutMs: 10 })
    bus.pnp.assignS0IdleSettings({ idleTimeoutMs: 10 })
    bus.clock.advance(20)
    bus.fail('EvtDeviceD0Entry')
    child.pnp.powerReference()
    expect(bus.pnp.pnpState).toBe('FailedWaitForRemove')
    expect(child.states).toContain('power WaitForParent')
    expect(child.pnp.powerState).toBe('D0')
    expect(await bus.pnp.powerReferenceAndWait()).toBeLessThan(0)
  })

  it('do not start without each other', async () => {
    const bus = new PnpStage({ name: 'bus' })
    const child = new PnpStage({ kind: 'pdo', parent: bus })
    expect(await child.pnp.start()).toBeLessThan(0)
    expect(child.states).toContain('power InitialPowerUpFailed')
  })
})
