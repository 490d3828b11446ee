/** Water marks: when a promise user is told to wait and to go on. */
import { expect, it } from 'vitest'
import * as nt from '../../../src/abi/ntstatus.js'
import type { Request } from '../../../src/framework/request.js'
import { WaterMarks } from '../../../src/manager/water-marks.js'
import { queueDriver } from '../../harness/inline-driver.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

const tick = () => new Promise<void>((resolve) => process.nextTick(resolve))

it('asks for a wait at the high mark and lets go at the low one, once', async () => {
  const marks = new WaterMarks(8, 3)
  let drains = 0
  marks.on('drain', () => drains++)
  await marks.drained()
  marks.reachedHigh()
  expect([marks.needDrain, marks.drainAt]).toEqual([true, 3])
  const waiting = [marks.drained(), marks.drained()]
  marks.reachedLow()
  expect([marks.needDrain, drains]).toEqual([false, 0])
  await Promise.all(waiting)
  await tick()
  expect(drains).toBe(1)
})

it('a refusal asks for a wait until something has ended; with nothing in flight it cannot', () => {
  const marks = new WaterMarks(8, 3)
  marks.refused(0)
  expect(marks.needDrain).toBe(false)
  marks.refused(2)
  expect(marks.drainAt).toBe(1)
})

it('a user who waits when told is never refused, one who does not is told by the refusal', async () => {
  const engine = new SteppedEngine({ slots: 8 })
  const held: Request[] = []
  await engine.addDevice(
    queueDriver({
      dispatchType: 'parallel',
      defaultQueue: true,
      EvtIoRead: (_queue, request) => void held.push(request),
    }),
  )
  const file = await engine.until(engine.channel.open('device0'))
  const read = () => file.read(new Uint8Array(8), { rejectOnFailure: false })
  const calls: Promise<{ status: number }>[] = []
  while (!file.needDrain) calls.push(read())
  expect(calls).toHaveLength(8)
  expect((await engine.until(read())).status).toBe(nt.STATUS_INSUFFICIENT_RESOURCES)
  const drained = file.drained()
  engine.step()
  // Eight in flight, low mark four: the fourth end is the one that tells.
  for (const request of held.splice(0, 3)) request.complete(nt.STATUS_SUCCESS)
  await engine.until(Promise.all(calls.slice(0, 3)))
  expect(file.needDrain).toBe(true)
  held.shift()?.complete(nt.STATUS_SUCCESS)
  await engine.until(drained)
  expect([file.needDrain, engine.channel.calls.outstanding]).toEqual([false, 4])
})
