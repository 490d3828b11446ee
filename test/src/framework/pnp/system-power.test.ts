import { describe, expect, it } from 'vitest'
import { SystemPower } from '../../../../src/framework/pnp/system-power.js'
import { PnpStage } from '../../../harness/pnp-stage.js'

function system() {
  const log: string[] = []
  const state = { mayLeave: true }
  const made = new SystemPower({
    post: (event) => log.push(event),
    mayLeaveS0: () => state.mayLeave,
    awake: () => log.push('awake'),
  })
  return { made, log, state }
}

describe('system power', () => {
  it('is sent one state at a time', async () => {
    const { made, log } = system()
    const all = Promise.all([made.request('S3'), made.request('S0'), made.request('S4')])
    expect([log, made.state, made.isAwake]).toEqual([['Sx'], 'S3', false])
    made.handled('Sx')
    made.asleep()
    expect(log).toEqual(['Sx', 'S0'])
    made.asleep()
    made.handled('S0')
    expect([log, made.state]).toEqual([['Sx', 'S0', 'Sx'], 'S4'])
    made.asleep()
    await all
    void made.request('S0')
    made.handled('S0')
    expect(log.at(-1)).toBe('awake')
  })

  it('waits for a Plug and Play request before it goes to sleep, not before it wakes', () => {
    const { made, log, state } = system()
    state.mayLeave = false
    void made.request('S3')
    expect([log, made.isAwake]).toEqual([[], true])
    state.mayLeave = true
    made.send()
    made.asleep()
    state.mayLeave = false
    void made.request('S0')
    expect(log).toEqual(['Sx', 'S0'])
  })

  it('holds Plug and Play requests back while the system sleeps', async () => {
    const stage = await new PnpStage().started()
    await stage.pnp.setSystemPower('S3')
    const removal = stage.pnp.remove()
    expect(stage.pnp.pnpState).toBe('Started')
    await stage.pnp.setSystemPower('S0')
    expect(await removal).toBe(0)
    expect(stage.pnp.pnpState).toBe('Final')
  })
})
