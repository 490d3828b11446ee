import { describe, expect, it } from 'vitest'
import { createBar } from '../../../native-sim/register-bank.js'
import {
  STATUS_INVALID_DEVICE_STATE,
  STATUS_IO_DEVICE_ERROR,
  STATUS_UNSUCCESSFUL,
} from '../../../src/abi/ntstatus.js'
import {
  attachHardware,
  DeviceHardware,
  hardwareOf,
} from '../../../src/framework/device-hardware.js'
import type { Interrupt } from '../../../src/framework/interrupt.js'
import type { InterruptConfig } from '../../../src/framework/interrupt-config.js'
import { deviceOf, freeDevice, newLevels } from '../../harness/levels.js'

function bench(interruptCount = 3, device = freeDevice) {
  const { levels, lines, turn } = newLevels()
  const interrupts = Array.from({ length: interruptCount }, () => ({
    line: lines.allocate(),
    trigger: 'message' as const,
  }))
  const hardware = new DeviceHardware(device, levels, { bar: createBar(16, []), interrupts })
  const log: string[] = []
  const make = (name: string, config: Partial<InterruptConfig> = {}): Interrupt =>
    hardware.createInterrupt({
      EvtInterruptIsr: () => true,
      EvtInterruptEnable: () => void log.push(`enable ${name}`),
      EvtInterruptDisable: () => void log.push(`disable ${name}`),
      EvtInterruptDpc: () => void log.push(`dpc ${name}`),
      ...config,
    })
  return { hardware, levels, log, make, interrupts, turn }
}

describe('DeviceHardware', () => {
  it('belongs to one device, and is found through it', () => {
    const { hardware } = bench()
    const device = {}
    expect(() => hardwareOf(device)).toThrow('STATUS_INVALID_DEVICE_STATE')
    attachHardware(device, hardware)
    expect(hardwareOf(device)).toBe(hardware)
  })

  it('connects interrupts in order of creation, and disconnects in reverse', async () => {
    const { hardware, log, make } = bench()
    const interrupts = ['a', 'b', 'c'].map((name) => make(name))
    expect(interrupts.map(({ messageNumber }) => messageNumber)).toEqual([0, 1, 2])
    expect(await hardware.connectInterrupts()).toBe(0)
    expect(interrupts.every(({ isConnected }) => isConnected)).toBe(true)
    interrupts[1]?.queueDpcForIsr()
    expect(await hardware.disconnectInterrupts()).toBe(0)
    expect(log).toEqual([
      'enable a',
      'enable b',
      'enable c',
      'disable c',
      'disable b',
      'dpc b',
      'disable a',
    ])
    expect(interrupts.some(({ isConnected }) => isConnected)).toBe(false)
  })

  it('takes back what was connected when one cannot be enabled', async () => {
    const { hardware, log, make } = bench()
    const first = make('a')
    make('b', {
      EvtInterruptEnable: () => {
        throw new Error('told to')
      },
    })
    make('c')
    expect(await hardware.connectInterrupts()).toBe(STATUS_UNSUCCESSFUL)
    expect([log, first.isConnected]).toEqual([['enable a'], false])
  })

  it('goes on over a failure while disconnecting, and remembers it', async () => {
    const { hardware, log, make } = bench()
    make('a')
    make('b', { EvtInterruptDisable: () => -5 })
    await hardware.connectInterrupts()
    expect(await hardware.disconnectInterrupts()).toBe(-5)
    expect(log).toEqual(['enable a', 'enable b', 'disable a'])
  })

  it('does not call EvtInterruptDisable of a device that has gone', async () => {
    const { hardware, log, make } = bench()
    make('a')
    await hardware.connectInterrupts()
    await hardware.disconnectInterrupts({ isSurpriseRemoved: true })
    expect(log).toEqual(['enable a'])
  })

  it('keeps lines connected over a power-down if their driver wants it', async () => {
    const { hardware, make } = bench()
    const soft = make('a', { reportInactiveOnPowerDown: true })
    const hard = make('b')
    await hardware.connectInterrupts()
    await hardware.disconnectInterrupts({ isPowerDown: true })
    expect([soft.isConnected, hard.isConnected]).toEqual([true, false])
    await hardware.connectInterrupts()
    await hardware.disconnectInterrupts()
    expect(soft.isConnected).toBe(false)
  })

  it('interrupts made in PrepareHardware go when the hardware is released', () => {
    const { hardware, make, interrupts } = bench()
    const first = make('a')
    hardware.phase = 'prepare-hardware'
    make('b', { interruptRaw: interrupts[1]!, interruptTranslated: interrupts[1]! })
    hardware.phase = 'later'
    expect(() => make('c')).toThrow('STATUS_INVALID_DEVICE_STATE')
    expect(hardware.interrupts).toHaveLength(2)
    hardware.releaseHardware()
    expect(hardware.interrupts).toEqual([first])
  })

  it('an interrupt without a line cannot be connected', async () => {
    const { hardware, make } = bench(1)
    make('a')
    make('b')
    expect(await hardware.connectInterrupts()).toBe(STATUS_INVALID_DEVICE_STATE)
  })

  it('powers DMA up in order and down in reverse', async () => {
    const { hardware, log } = bench()
    for (const name of ['a', 'b']) {
      hardware.createDmaEnabler({
        profile: 'packet',
        maximumLength: 4096,
        EvtDmaEnablerEnable: () => void log.push(`enable ${name}`),
        EvtDmaEnablerDisable: () => {
          log.push(`disable ${name}`)
          throw new Error('told to')
        },
      })
    }
    expect([await hardware.enableDma(), await hardware.disableDma()]).toEqual([
      0,
      STATUS_UNSUCCESSFUL,
    ])
    expect(log).toEqual(['enable a', 'enable b', 'disable b', 'disable a'])
  })

  it('hears of a DMA callback that returns an error, and does every step of power-down', async () => {
    const { hardware, log } = bench()
    const note = (name: string, status: number) => (): number => {
      log.push(name)
      return status
    }
    hardware.createDmaEnabler({
      profile: 'packet',
      maximumLength: 4096,
      EvtDmaEnablerFill: note('fill', 0),
      EvtDmaEnablerEnable: note('enable', STATUS_IO_DEVICE_ERROR),
      EvtDmaEnablerSelfManagedIoStart: note('start', 0),
      EvtDmaEnablerSelfManagedIoStop: note('stop', STATUS_IO_DEVICE_ERROR),
      EvtDmaEnablerDisable: note('disable', STATUS_UNSUCCESSFUL),
      EvtDmaEnablerFlush: note('flush', 0),
    })
    for (const [power, name] of [
      ['enableDma', 'EvtDmaEnablerEnable'],
      ['disableDma', 'EvtDmaEnablerSelfManagedIoStop'],
    ] as const) {
      expect(await hardware[power]()).toBe(STATUS_IO_DEVICE_ERROR)
      expect(hardware.takeThrown()).toMatchObject({ ntstatus: STATUS_IO_DEVICE_ERROR, value: name })
      expect(hardware.takeThrown()).toBeUndefined()
    }
    expect(log).toEqual(['fill', 'enable', 'stop', 'disable', 'flush'])
  })

  it('makes DPCs, timers and work items of the device’s worker', () => {
    const { hardware, log, turn } = bench()
    const parent = freeDevice
    hardware.createDpc({ parent, EvtDpcFunc: () => void log.push('dpc') }).enqueue()
    hardware.createTimer({ parent, EvtTimerFunc: () => void log.push('timer') }).start(0)
    hardware.createWorkItem({ parent, EvtWorkItemFunc: () => void log.push('work item') }).enqueue()
    turn()
    expect(log).toEqual(['dpc', 'timer', 'work item'])
  })

  it('with its device goes everything: nothing is called any more', async () => {
    const parent = deviceOf({ synchronizationScope: 'none' })
    const { hardware, log, turn, make } = bench(1, parent)
    const note = (name: string) => (): void => void log.push(name)
    const interrupt = make('a')
    await hardware.connectInterrupts()
    const dpc = hardware.createDpc({ parent, EvtDpcFunc: note('dpc') })
    const timer = hardware.createTimer({ parent, EvtTimerFunc: note('timer') })
    const passive = hardware.createTimer({
      parent,
      executionLevel: 'passive',
      EvtTimerFunc: note('passive timer'),
    })
    const workItem = hardware.createWorkItem({ parent, EvtWorkItemFunc: note('work item') })
    const startAll = (): void => {
      dpc.enqueue()
      timer.start(0)
      passive.start(0)
      workItem.enqueue()
    }
    startAll()
    hardware.dispose()
    await parent.object.deleteByFramework()
    startAll()
    for (let i = 0; i < 3; i++) turn()
    expect([log, interrupt.isConnected, dpc.enqueue(), timer.start(0)]).toEqual([
      ['enable a'],
      false,
      false,
      false,
    ])
  })

  it('has no registers and no common memory unless it was given some', () => {
    const { levels } = newLevels()
    const hardware = new DeviceHardware(freeDevice, levels)
    expect(hardware.isRemoved).toBe(false)
    expect(() => hardware.registers).toThrow('STATUS_INVALID_DEVICE_STATE')
    expect(() => hardware.createCommonBuffer(16)).toThrow('STATUS_INSUFFICIENT_RESOURCES')
  })
})
