import { describe, expect, it } from 'vitest'
import { createStamps } from '../../../bench/workload/stamps.js'
import {
  addressingOf,
  channelOptionsOf,
  spanBytesOf,
  workloadDevices,
  workloadDriver,
  writesStamps,
} from '../../../bench/workload/workload-devices.js'
import { DEFAULT_WORKLOAD, type Workload } from '../../../bench/workload/workload.js'
import { drivers } from '../../../src/index.js'

const GC = new SharedArrayBuffer(24)
const STAMPS = createStamps(64, 512)

function workload(changes: Partial<Workload> = {}): Workload {
  return { ...DEFAULT_WORKLOAD, ...changes }
}

describe('the driver of a workload', () => {
  it('is the shipped one where nothing has to be stamped', () => {
    const only = workloadDriver(workload({ scope: 'none' }), undefined, GC)
    expect(only.driver).toBe(drivers.null)
    expect(only.parameters).toEqual({
      dispatchType: 'sequential',
      synchronizationScope: 'none',
      spinUs: 0,
    })
  })

  it('is the stamping one where stages are asked for, and for handlers that await', () => {
    const spin = { kind: 'spin', microseconds: 5 } as const
    const stamping = workloadDriver(workload({ handler: spin }), STAMPS, GC)
    expect(String(stamping.driver)).toMatch(/bench-driver\.js$/)
    expect(stamping.parameters).toMatchObject({ spinUs: 5, stamps: STAMPS, gc: GC })
    const awaits = { kind: 'async', milliseconds: 2 } as const
    const asynchronous = workloadDriver(workload({ handler: awaits }), undefined, GC)
    expect(asynchronous.parameters).toMatchObject({ asyncMs: 2 })
    expect(asynchronous.parameters).not.toHaveProperty('stamps')
  })

  it('is on each device, and the devices are on the workers in turn', () => {
    const devices = workloadDevices(workload({ devices: 3, workers: 2 }), undefined, GC)
    expect(devices.map(({ name, worker }) => [name, worker])).toEqual([
      ['device0', 0],
      ['device1', 1],
      ['device2', 0],
    ])
  })
})

describe('a stack', () => {
  it('has levels that hand requests on above the driver that does the work', () => {
    const [device] = workloadDevices(workload({ stack: 3 }), undefined, GC)
    expect(device?.driver).toBeUndefined()
    expect(device?.stack?.map(({ role = 'function' }) => role)).toEqual([
      'filter',
      'filter',
      'function',
    ])
    expect(device?.stack?.at(-1)?.driver).toBe(drivers.null)
  })
})

describe('what a host addresses', () => {
  it('is a stamp, a place on a disk, or nothing in particular', () => {
    const module = { kind: 'module', url: 'file:///x.js' } as const
    expect(addressingOf(workload({ timesAll: true }))).toBe('stamp')
    expect(addressingOf(workload())).toBe('sequential')
    expect(addressingOf(workload({ handler: module, timesAll: true }))).toBe('random')
    expect(writesStamps(workload({ handler: { kind: 'ramdisk' }, timesAll: true }))).toBe(false)
  })

  it('is whole blocks, and all of them together fit into memory', () => {
    for (const devices of [1, 10, 1000]) {
      for (const blockBytes of [512, 4096, 3000]) {
        const many = workload({ devices, blockBytes, hosts: 4 })
        const span = spanBytesOf(many)
        expect(span % blockBytes).toBe(0)
        expect(span / blockBytes).toBeGreaterThanOrEqual(64)
        expect(span * devices * 4).toBeLessThanOrEqual(2 ** 30)
      }
    }
  })
})

describe('the channel of a host', () => {
  it('has a slot and a block for each place', () => {
    const options = channelOptionsOf(workload({ depth: 100, blockBytes: 3000 }))
    expect(options).toEqual({ slots: 128, bufferBytes: 2 ** 19 })
    expect(channelOptionsOf(workload({ depth: 1 }))).toEqual({ slots: 64, bufferBytes: 4096 })
  })
})
