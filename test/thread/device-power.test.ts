/** Power and Plug and Play from the host, in real workers: idle, sleep, rebalance, removal, a device pulled out. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { Engine as EngineType, IrpFile } from '../../src/index.js'
import {
  CODES,
  LOG_COUNT,
  LOG_FIRST,
  LOG_OUTSIDE_D0,
  LOG_PNP_STARTED,
} from '../fixtures/drivers/power-log.js'
import { Engine, fixture, irpool } from './built.js'
import { eventually, expectBalanced } from './helpers.js'

const NAMES = new Map(Object.entries(CODES).map(([name, code]) => [code as number, name]))
const ENDS = new Set([
  irpool.STATUS_SUCCESS,
  irpool.STATUS_CANCELLED,
  irpool.STATUS_INVALID_DEVICE_STATE,
  irpool.STATUS_NO_SUCH_DEVICE,
  irpool.STATUS_DEVICE_REMOVED,
])

let engine: EngineType
let file: IrpFile
let log: Int32Array

/** Callbacks since the last look. */
function callbacks(): string[] {
  const count = Atomics.exchange(log, LOG_COUNT, 0)
  return Array.from({ length: count }, (_, i) => NAMES.get(log[LOG_FIRST + i] ?? 0) ?? '?')
}

const read = (): Promise<number> =>
  file.read(new Uint8Array(8), { rejectOnFailure: false }).then(({ status }) => status)

/** No request was presented while the device was down. */
function expectInD0(): void {
  expect(log[LOG_OUTSIDE_D0]).toBe(0)
}

beforeEach(async () => {
  log = new Int32Array(new SharedArrayBuffer(4096))
  engine = await Engine.start({
    workers: 1,
    stateEvents: true,
    devices: [{ name: 'dev', driver: fixture('power-log'), parameters: { log: log.buffer } }],
  })
  file = await engine.open('dev')
  return async () => {
    await engine.stop()
    expectBalanced(engine.ledger())
    expectInD0()
  }
})

describe('device power', () => {
  it('starts in KMDF’s order, and tells the state-change callback', () => {
    expect(callbacks()).toEqual([
      'EvtDevicePrepareHardware',
      'EvtDeviceD0Entry',
      'EvtDeviceSelfManagedIoInit',
    ])
    expect(log[LOG_PNP_STARTED]).toBe(1)
  })

  it('an idle device goes down, and a request brings it up', async () => {
    callbacks()
    await engine.device('dev').setPower('D3')
    const down = ['EvtDeviceSelfManagedIoSuspend', 'EvtDeviceD0Exit']
    await eventually(() => (log[LOG_COUNT] ?? 0) >= 2, 'the way down')
    expect(callbacks()).toEqual(down)
    expect(await read()).toBe(irpool.STATUS_SUCCESS)
    await eventually(() => (log[LOG_COUNT] ?? 0) >= 4, 'up and down again')
    expect(callbacks()).toEqual(['EvtDeviceD0Entry', 'EvtDeviceSelfManagedIoRestart', ...down])
    await engine.device('dev').setPower('D0')
    expect(callbacks()).toEqual(['EvtDeviceD0Entry', 'EvtDeviceSelfManagedIoRestart'])
    expect(await read()).toBe(irpool.STATUS_SUCCESS)
    expect(callbacks()).toEqual([])
  })

  it('requests wait while the system sleeps', async () => {
    callbacks()
    const states: string[] = []
    engine.on('deviceStateChange', ({ machine, state }) => states.push(`${machine} ${state}`))
    await engine.suspend()
    expect(callbacks()).toEqual(['EvtDeviceSelfManagedIoSuspend', 'EvtDeviceD0Exit'])
    let ended = 0
    const reads = Array.from({ length: 20 }, () => read().finally(() => ended++))
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(ended).toBe(0)
    await engine.resume()
    expect(new Set(await Promise.all(reads))).toEqual(new Set([irpool.STATUS_SUCCESS]))
    expect(callbacks()).toEqual(['EvtDeviceD0Entry', 'EvtDeviceSelfManagedIoRestart'])
    expect(states.some((state) => state.startsWith('power '))).toBe(true)
  })

  it('wakes up although a removal waits for the system to be awake', async () => {
    await engine.suspend()
    callbacks()
    const removed = engine.removeDevice('dev')
    await engine.resume()
    await removed
    expect(callbacks()).toContain('EvtDeviceReleaseHardware')
  })

  it('comes up to be taken away in order when the engine stops while the system sleeps', async () => {
    await engine.suspend()
    callbacks()
    await engine.stop()
    expect(callbacks()).toEqual(
      expect.arrayContaining(['EvtDeviceD0Entry', 'EvtDeviceReleaseHardware']),
    )
  })

  it('gives its resources back and gets them again', async () => {
    callbacks()
    expect(await engine.device('dev').rebalance()).toBe(true)
    expect(callbacks()).toEqual([
      'EvtDeviceQueryStop',
      'EvtDeviceSelfManagedIoSuspend',
      'EvtDeviceD0Exit',
      'EvtDeviceReleaseHardware',
      'EvtDevicePrepareHardware',
      'EvtDeviceD0Entry',
      'EvtDeviceSelfManagedIoRestart',
    ])
    expect(await read()).toBe(irpool.STATUS_SUCCESS)
  })

  it('is pulled out under load: every request ends, callbacks in order', async () => {
    callbacks()
    const load = { isOver: false }
    const statuses = new Set<number>()
    const client = async (): Promise<void> => {
      while (!load.isOver) statuses.add(await read())
    }
    const clients = Array.from({ length: 32 }, client)
    await new Promise((resolve) => setTimeout(resolve, 20))
    await engine.device('dev').surpriseRemove()
    load.isOver = true
    await Promise.all(clients)
    expect([...statuses].filter((status) => !ENDS.has(status))).toEqual([])
    const seen = callbacks()
    expect(seen[0]).toBe('EvtDeviceSurpriseRemoval')
    expect(seen.filter((name) => name === 'EvtDeviceReleaseHardware')).toHaveLength(1)
    expect(seen.at(-1)).toBe('EvtDeviceSelfManagedIoCleanup')
    expect(() => engine.device('dev')).toThrow('there is no device "dev"')
  })

  it('sleeps and wakes again and again under load', async () => {
    const load = { isOver: false }
    const clients = Array.from({ length: 16 }, async () => {
      while (!load.isOver) expect(await read()).toBe(irpool.STATUS_SUCCESS)
    })
    for (let round = 0; round < 50; round++) {
      await engine.suspend()
      await engine.resume()
    }
    load.isOver = true
    await Promise.all(clients)
  })
})
