import { describe, expect, it } from 'vitest'
import { STATUS_SUCCESS } from '../../../../src/abi/ntstatus.js'
import { lines, PnpStage } from '../../../harness/pnp-stage.js'
import { Gate } from '../../../harness/gate.js'

const filter = (): PnpStage => new PnpStage({ isPowerPolicyOwner: false })
const UP = lines(`
  D0Entry D3
  [connectInterrupts]
  D0EntryPostInterruptsEnabled D3
  [enableDma]
  [scanChildren]
  D0EntryPostHardwareEnabled D3
  [resumeQueues]
  SelfManagedIoRestart
`)

describe('a device that does not own the power policy', () => {
  it('starts, follows the owner, and is removed', async () => {
    const stage = await filter().started()
    expect(stage.state).toBe('Started D0 StartingSucceeded')
    expect(await stage.pnp.setDevicePower('D3')).toBe(STATUS_SUCCESS)
    expect(stage.state).toBe('Started Dx Dx')
    expect(stage.take().at(-1)).toBe('D0Exit D3')
    expect(await stage.pnp.setDevicePower('D0')).toBe(STATUS_SUCCESS)
    expect(stage.take()).toEqual(UP)
    expect(await stage.pnp.queryRemove()).toBe(STATUS_SUCCESS)
    expect(await stage.pnp.remove()).toBe(STATUS_SUCCESS)
    expect(stage.state).toBe('Final Stopped Removed')
  })

  it('passes system power on: its owner decides', async () => {
    const stage = await filter().started()
    await stage.pnp.setSystemPower('S3')
    await stage.pnp.setSystemPower('S0')
    expect(stage.log).toEqual([])
  })

  it('is stopped while it is down, and gets power requests while it is stopped', async () => {
    const stage = await filter().started()
    await stage.pnp.setDevicePower('D3')
    await stage.pnp.queryStop()
    stage.take()
    await stage.pnp.stop()
    expect(stage.take()).toEqual([
      '> Stop',
      '[disconnectInterrupts]',
      'ReleaseHardware',
      '< Stop STATUS_SUCCESS',
    ])
    expect(await stage.pnp.setDevicePower('D3')).toBe(STATUS_SUCCESS)
    expect(stage.pnp.powerState).toBe('DxStopped')
    expect(await stage.pnp.start()).toBe(STATUS_SUCCESS)
    expect(stage.state).toBe('Started Dx StartingSucceeded')
    expect(await stage.pnp.setDevicePower('D0')).toBe(STATUS_SUCCESS)
    expect(stage.states).toContain('policy GotoD0InD0')
    expect(stage.pnp.powerState).toBe('D0')
  })

  it('goes back from DxStopped when it is brought up without a start', async () => {
    const stage = await filter().started()
    await stage.pnp.queryStop()
    await stage.pnp.stop()
    await stage.pnp.setDevicePower('D3')
    expect(await stage.pnp.setDevicePower('D0')).toBe(STATUS_SUCCESS)
    expect(stage.pnp.powerState).toBe('Stopped')
  })

  it('arms its wake line while it starts in Dx', async () => {
    for (const isPowerPageable of [true, false]) {
      for (const fails of [true, false]) {
        const stage = new PnpStage({ kind: 'pdo', isPowerPolicyOwner: false, isPowerPageable })
        await stage.started()
        await stage.pnp.queryStop()
        await stage.pnp.stop()
        await stage.pnp.setDevicePower('D3')
        const wait = stage.pnp.waitWake()
        if (fails) stage.fail('EvtDeviceEnableWakeAtBus')
        await stage.pnp.start()
        const suffix = isPowerPageable ? '' : 'NP'
        expect(stage.pnp.powerState).toBe(`${fails ? 'Dx' : 'DxArmedForWake'}${suffix}`)
        expect(stage.pnp.cancelWaitWake()).toBe(!fails)
        expect(await wait).toBeLessThan(0)
      }
    }
  })

  it('fails as an owner does', async () => {
    const start = filter().fail('EvtDeviceD0Entry')
    expect(await start.pnp.start()).toBeLessThan(0)
    expect(start.state).toBe('FailedWaitForRemove Stopped Removed')
    const down = (await filter().started()).fail('EvtDeviceD0Exit')
    await down.pnp.setDevicePower('D3')
    expect(down.pnp.pnpState).toBe('FailedWaitForRemove')
    const up = await filter().started()
    await up.pnp.setDevicePower('D3')
    up.fail('EvtDeviceD0EntryPostInterruptsEnabled')
    await up.pnp.setDevicePower('D0')
    expect(up.pnp.pnpState).toBe('FailedWaitForRemove')
    const stop = (await filter().started()).fail('disconnectInterrupts')
    await stop.pnp.remove()
    expect(stop.states).toContain('policy StoppingFailed')
    expect(stop.pnp.pnpState).toBe('Final')
  })

  it('finishes a power request that meets its removal', async () => {
    const stage = await filter().started()
    const held = new Gate()
    stage.outcomes.set('holdQueues', held.wait)
    const down = stage.pnp.setDevicePower('D3')
    const removal = stage.pnp.remove()
    expect(stage.pnp.powerPolicyState).toBe('StoppingWaitingForImplicitPowerDown')
    stage.outcomes.delete('holdQueues')
    held.open()
    expect([await down, await removal]).toEqual([STATUS_SUCCESS, STATUS_SUCCESS])
    expect(stage.states).toContain('policy StoppingPoweringDown')
    expect(stage.pnp.pnpState).toBe('Final')
  })
})
