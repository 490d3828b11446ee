import { describe, expect, it } from 'vitest'
import { DeviceHardware } from '../../../../src/framework/pnp/device-hardware.js'
import { runSteps } from '../../../../src/framework/pnp/host-call.js'

function hardware(failing: readonly string[] = []) {
  const log: string[] = []
  const threw: unknown[] = []
  const made = new DeviceHardware((error) => threw.push(error))
  const step = (name: string) => () => {
    log.push(name)
    if (failing.includes(`${name}!`)) throw new Error(name)
    return failing.includes(name) ? -1 : 0
  }
  for (const i of ['i1', 'i2']) {
    made.interrupts.push({
      connect: step(`${i} connect`),
      enable: step(`${i} enable`),
      disable: step(`${i} disable`),
      flush: step(`${i} flush`),
      disconnect: step(`${i} disconnect`),
      canWake: i === 'i2',
    })
  }
  for (const d of ['d1', 'd2']) {
    made.dmaEnablers.push({
      fill: step(`${d} fill`),
      enable: step(`${d} enable`),
      start: step(`${d} start`),
      stop: step(`${d} stop`),
      disable: step(`${d} disable`),
      flush: step(`${d} flush`),
    })
  }
  return { made, log, threw }
}

describe('interrupts', () => {
  it('are connected in order and disconnected in reverse, both ways with the driver', () => {
    const { made, log } = hardware()
    expect(runSteps(made.connectInterrupts())).toBe(0)
    expect(log.splice(0)).toEqual(['i1 connect', 'i1 enable', 'i2 connect', 'i2 enable'])
    expect(runSteps(made.disconnectInterrupts(false))).toBe(0)
    expect(log).toEqual(
      ['i2', 'i1'].flatMap((i) => [`${i} disable`, `${i} flush`, `${i} disconnect`]),
    )
  })

  it('that can wake stay connected while the device is armed', () => {
    const { made, log } = hardware()
    void runSteps(made.connectInterrupts())
    log.length = 0
    void runSteps(made.disconnectInterrupts(true))
    expect(log.splice(0)).toEqual(['i1 disable', 'i1 flush', 'i1 disconnect'])
    void runSteps(made.connectInterrupts())
    expect(log).toEqual(['i1 connect', 'i1 enable', 'i2 enable'])
  })

  it('stop at the first that fails, and only what was connected is disconnected', () => {
    const { made, log } = hardware(['i2 connect'])
    expect(runSteps(made.connectInterrupts())).toBe(-1)
    log.length = 0
    void runSteps(made.disconnectInterrupts(false))
    expect(log).toEqual(['i1 disable', 'i1 flush', 'i1 disconnect'])
    void runSteps(made.disconnectInterrupts(false))
    expect(log).toHaveLength(3)
  })

  it('are all disconnected, whatever fails', () => {
    const { made, log, threw } = hardware(['i2 disable!', 'i1 flush'])
    void runSteps(made.connectInterrupts())
    log.length = 0
    expect(runSteps(made.disconnectInterrupts(false))).toBeLessThan(0)
    expect(log).toHaveLength(6)
    expect(threw).toEqual([new Error('i2 disable')])
  })
})

describe('DMA enablers', () => {
  it('are filled, enabled and started; stopped, disabled and flushed', () => {
    const { made, log } = hardware()
    expect(runSteps(made.enableDma())).toBe(0)
    expect(log.splice(0)).toEqual(
      ['d1', 'd2'].flatMap((d) => [`${d} fill`, `${d} enable`, `${d} start`]),
    )
    expect(runSteps(made.disableDma())).toBe(0)
    expect(log).toEqual(['d1', 'd2'].flatMap((d) => [`${d} stop`, `${d} disable`, `${d} flush`]))
  })

  it('stop at the first that fails; what was begun is undone', () => {
    const { made, log } = hardware(['d1 enable'])
    expect(runSteps(made.enableDma())).toBe(-1)
    expect(log.splice(0)).toEqual(['d1 fill', 'd1 enable'])
    void runSteps(made.disableDma())
    expect(log).toEqual(['d1 stop', 'd1 disable', 'd1 flush'])
  })

  it('need no callbacks', async () => {
    const made = new DeviceHardware()
    made.dmaEnablers.push({})
    made.interrupts.push({
      connect: () => Promise.resolve(),
      disconnect: () => Promise.resolve(-2),
    })
    expect(await runSteps(made.connectInterrupts())).toBe(0)
    expect(runSteps(made.enableDma())).toBe(0)
    expect(runSteps(made.disableDma())).toBe(0)
    expect(await runSteps(made.disconnectInterrupts(false))).toBe(-2)
  })
})
