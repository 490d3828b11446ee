/**
 * Device stacks on real workers: requests through every level, removal and death of the worker under load.
 */
import { describe, expect, it } from 'vitest'
import type { Engine as EngineType, IrpFile } from '../../src/index.js'
import { Engine, fixture, irpool } from './built.js'
import { eventually, expectBalanced } from './helpers.js'

const driver = fixture('level')

function started(how: string, bottom: string): Promise<EngineType> {
  const stack = [
    { driver, role: 'filter', parameters: { how } },
    { driver, role: 'function', parameters: { how } },
    { driver, role: 'bus', parameters: { how: bottom } },
  ] as const
  return Engine.start({ workers: 1, devices: [{ name: 'disk', stack }] })
}

/** That many reads at once; the statuses that they ended with. */
function reads(file: IrpFile, count: number): Promise<number>[] {
  return Array.from({ length: count }, async () => {
    const { status } = await file.read(new Uint8Array(32), { rejectOnFailure: false })
    return status
  })
}

describe.each(['forget', 'routine'])('a stack of three levels, %s', (how) => {
  it('carries data and lengths both ways', async () => {
    const engine = await started(how, 'complete')
    const file = await engine.open('disk')
    expect(await file.read(new Uint8Array(77))).toMatchObject({ information: 77 })
    expect(new Set(await Promise.all(reads(file, 500)))).toEqual(new Set([irpool.STATUS_SUCCESS]))
    await engine.stop()
    expectBalanced(engine.ledger())
  })

  it('is removed with requests held at the bottom: each ends once', async () => {
    const engine = await started(how, 'hold')
    const file = await engine.open('disk')
    const all = reads(file, 400)
    await engine.removeDevice('disk')
    const statuses = await Promise.all(all)
    const allowed = new Set([
      irpool.STATUS_SUCCESS,
      irpool.STATUS_CANCELLED,
      irpool.STATUS_DEVICE_REMOVED,
      irpool.STATUS_INVALID_DEVICE_STATE,
      irpool.STATUS_NO_SUCH_DEVICE,
    ])
    expect(statuses.filter((status) => !allowed.has(status))).toEqual([])
    await engine.stop()
    expectBalanced(engine.ledger())
  })

  it('survives the death of its worker with requests at every level', async () => {
    const engine = await started(how, 'hold')
    let replaced = 0
    engine.on('workerReplaced', () => replaced++)
    const file = await engine.open('disk')
    const all = reads(file, 400)
    await engine.terminateWorker(0)
    await eventually(() => replaced === 1, 'the successor')
    // What the successor's bottom level holds ends with the device.
    const more = reads(file, 8)
    await engine.removeDevice('disk')
    const statuses = await Promise.all([...all, ...more])
    const allowed = new Set([
      irpool.STATUS_SUCCESS,
      irpool.STATUS_CANCELLED,
      irpool.STATUS_DEVICE_REMOVED,
      irpool.STATUS_DRIVER_PROCESS_TERMINATED,
      irpool.STATUS_INVALID_DEVICE_STATE,
      irpool.STATUS_NO_SUCH_DEVICE,
    ])
    expect(statuses.filter((status) => !allowed.has(status))).toEqual([])
    await engine.stop()
    expectBalanced(engine.ledger())
  })
})
