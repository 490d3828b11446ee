/** Queue power: when a queue counts as off, and who waits for it. Rules of use: test/conformance/3.8. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../../src/abi/ntstatus.js'
import type { Device } from '../../../src/framework/device.js'
import type { IoQueue } from '../../../src/framework/io-queue.js'
import {
  WdfRequestStopActionPurge,
  WdfRequestStopActionSuspend,
} from '../../../src/framework/io-queue-config.js'
import type { Request } from '../../../src/framework/request.js'
import { deviceDriver } from '../../harness/inline-driver.js'
import { Requester, statuses } from '../../harness/requester.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

async function holding(powerManaged: boolean): Promise<{
  engine: SteppedEngine
  queue: IoQueue
  held: Request[]
}> {
  const engine = new SteppedEngine()
  const held: Request[] = []
  let made: Device | undefined
  await engine.addDevice(
    deviceDriver((device) => {
      made = device
      device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        powerManaged,
        EvtIoRead: (_queue, request) => void held.push(request),
      })
    }),
  )
  const queue = made?.queues[0]
  if (queue === undefined) throw new Error('no queue')
  return { engine, queue, held }
}

describe('the power of a queue', () => {
  it('is off only between the end of going down and the begin of coming up', async () => {
    const { engine, queue, held } = await holding(true)
    const { power } = queue
    new Requester(engine).reads(1)
    expect([power.isOff, queue.state.isHeld]).toEqual([false, false])
    power.hold()
    expect([power.isOff, queue.state.isHeld]).toEqual([false, true])
    const quiet = power.notify(WdfRequestStopActionSuspend)
    expect(power.isOff).toBe(false)
    held[0]?.complete(nt.STATUS_SUCCESS)
    await engine.until(quiet)
    expect([power.isOff, queue.state.isHeld]).toEqual([true, true])
    power.resume()
    expect([power.isOff, queue.state.isHeld]).toEqual([false, false])
  })

  it('is off at once when the driver owns nothing', async () => {
    const { queue } = await holding(true)
    queue.power.hold()
    expect([queue.power.isOff, queue.state.isHeld]).toEqual([true, true])
  })

  it('waits for what the driver owns, and says so', async () => {
    const { engine, queue, held } = await holding(true)
    new Requester(engine).reads(1)
    queue.power.hold()
    const quiet = queue.power.notify(WdfRequestStopActionSuspend)
    expect(queue.power.isWaiting).toBe(true)
    held[0]?.complete(nt.STATUS_SUCCESS)
    await engine.until(quiet)
    expect(queue.power.isWaiting).toBe(false)
    expect(statuses(engine.reap())).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('does not concern a queue that is not power-managed, until the device goes', async () => {
    const { engine, queue, held } = await holding(false)
    new Requester(engine).reads(1)
    queue.power.hold()
    await queue.power.notify(WdfRequestStopActionSuspend)
    expect([queue.state.isHeld, queue.power.isWaiting]).toEqual([false, false])
    const gone = queue.power.notify(WdfRequestStopActionPurge)
    expect(queue.power.isWaiting).toBe(true)
    held[0]?.complete(nt.STATUS_SUCCESS)
    await engine.until(gone)
  })
})
