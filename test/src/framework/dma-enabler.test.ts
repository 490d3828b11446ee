import { describe, expect, it } from 'vitest'
import { DmaEnabler, type DmaEnablerConfig } from '../../../src/framework/dma-enabler.js'
import { freeDevice } from '../../harness/levels.js'

function newEnabler(config: DmaEnablerConfig): DmaEnabler {
  return new DmaEnabler(config, freeDevice.object)
}

describe('DmaEnabler', () => {
  it('knows its limits', () => {
    const packet = newEnabler({ profile: 'packet', maximumLength: 4096 })
    expect(packet.maximumScatterGatherElements).toBe(1)
    const scatter = newEnabler({ profile: 'scatter-gather', maximumLength: 65_536 })
    // 64 KiB that begins in the middle of a page.
    expect([scatter.maximumScatterGatherElements, scatter.mapRegisters]).toEqual([17, Infinity])
  })

  it.each([
    { profile: 'system' },
    { maximumLength: 0 },
    { maximumLength: 2 ** 31 },
    { maximumScatterGatherElements: 0 },
    { profile: 'packet', maximumScatterGatherElements: 2 },
    { mapRegisters: 0 },
    { mapRegisters: 1.5 },
  ])('refuses %o', (change) => {
    const config = { profile: 'scatter-gather', maximumLength: 4096, ...change } as DmaEnablerConfig
    expect(() => newEnabler(config)).toThrow('STATUS_INVALID_PARAMETER')
  })

  it('powers up and down in order', async () => {
    const log: string[] = []
    const note = (name: string) => (): void => void log.push(name)
    const enabler = newEnabler({
      profile: 'packet',
      maximumLength: 4096,
      EvtDmaEnablerFill: note('fill'),
      EvtDmaEnablerEnable: note('enable'),
      EvtDmaEnablerSelfManagedIoStart: note('start'),
      EvtDmaEnablerSelfManagedIoStop: note('stop'),
      EvtDmaEnablerDisable: note('disable'),
      EvtDmaEnablerFlush: note('flush'),
    })
    await enabler.enable()
    await enabler.disable()
    expect(log).toEqual(['fill', 'enable', 'start', 'stop', 'disable', 'flush'])
  })
})
