/** Sweeps whose callbacks do more than take a completion: prepare, throw, reap; and channels that move. */
import { expect, it } from 'vitest'
import { STATUS_DEVICE_NOT_CONNECTED, STATUS_SUCCESS } from '../../../src/abi/ntstatus.js'
import { createChannelMemory } from '../../../src/irp/channel-memory.js'
import { attachChannel, Channel } from '../../../src/manager/channel.js'
import type { Request } from '../../../src/framework/request.js'
import { queueDriver } from '../../harness/inline-driver.js'
import { contexts, Requester } from '../../harness/requester.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

/** Reads of numbers from 100 on are held, the others complete at once. */
async function bench(): Promise<{ engine: SteppedEngine; requester: Requester; held: Request[] }> {
  const engine = new SteppedEngine({ slots: 16 })
  const held: Request[] = []
  await engine.addDevice(
    queueDriver({
      dispatchType: 'parallel',
      defaultQueue: true,
      EvtIoRead(_queue, request) {
        if (request.deviceOffset < 100) request.complete(STATUS_SUCCESS)
        else held.push(request)
      },
    }),
  )
  return { engine, requester: new Requester(engine), held }
}

function send(
  { engine, requester }: Awaited<ReturnType<typeof bench>>,
  ...numbers: number[]
): void {
  for (const number of numbers) requester.read(number, 16, number)
  engine.channel.submit()
  engine.step()
}

it('accepts what a callback prepares during the sweep, and submits afterwards', async () => {
  const at = await bench()
  const { engine, requester } = at
  send(at, 1, 2, 100)
  engine.kill()
  // A closed loop: the next one is prepared for each that comes back, and all are submitted together.
  let next = 3
  engine.channel.reap(99, () => void requester.read(next, 16, next++))
  engine.channel.submit()
  await engine.replace()
  expect(contexts(engine.run())).toEqual([3, 4, 5])
  expect(engine.channel.ledger()).toMatchObject({ accepted: 6, completed: 6, inFlight: 0, lost: 0 })
})

it.each([
  ['completed before the death', [1, 2, 3]],
  ['ended by the sweep', [100, 101, 102]],
])('loses nothing when a callback throws, for requests %s', async (_what, numbers) => {
  const at = await bench()
  const { engine } = at
  send(at, ...numbers)
  engine.kill()
  const told: number[] = []
  let thrown = 0
  for (let i = 0; i < 10; i++) {
    try {
      engine.channel.reap(99, (context) => {
        told.push(context)
        throw new Error('the callback’s own')
      })
    } catch {
      thrown++
    }
  }
  expect(told.toSorted((a, b) => a - b)).toEqual(numbers)
  expect(thrown).toBe(3)
  expect(engine.isAdopted()).toBe(true)
})

it('ends each request once when a callback at a worker without a successor submits and reaps', async () => {
  const at = await bench()
  const { engine, requester } = at
  send(at, 100, 101, 102)
  engine.fail()
  const told: number[] = []
  engine.channel.reap(99, (context) => {
    told.push(context)
    if (context < 200) {
      requester.read(context + 100, 16, context)
      engine.channel.submit()
      told.push(...contexts(engine.reap()))
    }
  })
  told.push(...contexts(engine.reap()))
  expect(told.toSorted((a, b) => a - b)).toEqual([100, 101, 102, 200, 201, 202])
  expect(engine.channel.ledger()).toMatchObject({ accepted: 6, completed: 6, inFlight: 0, lost: 0 })
})

it('lets the successor in when a channel moved before its owner saw the death', async () => {
  const at = await bench()
  const { engine } = at
  send(at, 1)
  engine.reap()
  engine.kill()
  engine.channel = attachChannel(engine.channel.transfer())
  engine.reap()
  expect(engine.isAdopted()).toBe(true)
  await engine.replace()
  const moved = new Requester(engine)
  expect(contexts(moved.reads(2))).toEqual([2])
})

it('ends what is sent on a channel that was opened after the worker had been given up', async () => {
  const { engine } = await bench()
  engine.fail()
  const memory = createChannelMemory(9, 4, [2], 4096)
  const channel = new Channel(memory, engine.words, engine.directory)
  const buffer = channel.allocate(16)
  channel.prepareRead(engine.file('device0', channel), buffer, 16, 0, 5)
  channel.submit()
  expect(engine.reap(Infinity, channel)).toMatchObject([
    { context: 5, status: STATUS_DEVICE_NOT_CONNECTED },
  ])
})
