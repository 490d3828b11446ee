/** Dispatch routes: what stands in the dispatch table for each device of a stack. */
import { expect, it } from 'vitest'
import * as major from '../../../src/abi/major-function.js'
import type { Device } from '../../../src/framework/device.js'
import {
  clearRoutes,
  enterRoutes,
  levelsOf,
  queueOf,
  topOf,
} from '../../../src/framework/dispatch-routes.js'
import { deviceDriver, driverUrl } from '../../harness/inline-driver.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

const handler = (): void => {}
const READ = major.IRP_MJ_READ
const WRITE = major.IRP_MJ_WRITE

/** A filter with a read queue over a function device with a default queue. */
async function filterOverFunction(): Promise<{ engine: SteppedEngine; top: Device; low: Device }> {
  const engine = new SteppedEngine()
  const made: Device[] = []
  const filter = deviceDriver((device) => {
    made.push(device)
    device.createIoQueue({ dispatchType: 'parallel', defaultQueue: true, EvtIoRead: handler })
  })
  const lower = deviceDriver((device) => {
    made.push(device)
    device.createIoQueue({ dispatchType: 'parallel', defaultQueue: true, EvtIoDefault: handler })
  })
  const below = [{ id: 1, driver: lower, role: 'function' as const, parameters: {} }]
  await engine.addDevice(filter, { role: 'filter', below })
  const [low, top] = made as [Device, Device]
  return { engine, top, low }
}

it('levels go from top to bottom, and every level knows its top', async () => {
  const { top, low } = await filterOverFunction()
  expect(levelsOf(top)).toEqual([top, low])
  expect([topOf(top), topOf(low)]).toEqual([top, top])
})

it('a filter has a queue for what it handles, and none for the rest', async () => {
  const { top, low } = await filterOverFunction()
  expect(queueOf(top, READ)).toBe(top.defaultQueue)
  expect(queueOf(top, WRITE)).toBeNull()
  expect(queueOf(low, WRITE)).toBe(low.defaultQueue)
})

it('what a filter does not handle comes to the level below without a detour', async () => {
  const { top, low, engine } = await filterOverFunction()
  const { dispatchTable } = engine.framework().turn
  expect(dispatchTable[READ]).toBe(top.defaultQueue)
  expect(dispatchTable[WRITE]).toBe(low.defaultQueue)
  expect(dispatchTable[(1 << 5) | READ]).toBe(low.defaultQueue)
  for (const file of [major.IRP_MJ_CREATE, major.IRP_MJ_CLEANUP, major.IRP_MJ_CLOSE]) {
    expect(dispatchTable[file]).toBeNull()
  }
})

it('a device that has gone has no gate left, and its neighbours keep theirs', async () => {
  const { top, low, engine } = await filterOverFunction()
  const { dispatchTable } = engine.framework().turn
  clearRoutes(dispatchTable, low)
  expect(dispatchTable.slice(32).every((gate) => gate === null)).toBe(true)
  expect(dispatchTable[READ]).toBe(top.defaultQueue)
  enterRoutes(dispatchTable, top)
  expect(dispatchTable[(1 << 5) | READ]).toBe(low.defaultQueue)
})

it('a major function with a callback before its queue has no gate', async () => {
  const engine = new SteppedEngine()
  const driver = driverUrl({
    EvtDriverDeviceAdd(_driver, init) {
      init.assignWdmIrpPreprocessCallback(READ, handler)
      const device = init.createDevice()
      device.createIoQueue({ dispatchType: 'parallel', defaultQueue: true, EvtIoDefault: handler })
      device.configureWdmIrpDispatchCallback('write', handler)
    },
  })
  await engine.addDevice(driver)
  const { dispatchTable } = engine.framework().turn
  expect([dispatchTable[READ], dispatchTable[WRITE]]).toEqual([null, null])
  expect(dispatchTable[major.IRP_MJ_DEVICE_CONTROL]).not.toBeNull()
})
