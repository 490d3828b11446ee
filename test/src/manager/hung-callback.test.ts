import { expect, it } from 'vitest'
import { placeOf } from '../../../src/abi/callback-names.js'
import { WORKER_PLACE, workerBlockWord } from '../../../src/abi/engine-layout.js'
import { placesOf } from '../../../src/manager/hung-callback.js'
import { store } from '../../../src/sharedarraybuffer-queue/access.js'
import { queueDriver } from '../../harness/inline-driver.js'
import { Requester } from '../../harness/requester.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

/** What it says while a handler runs, which is when the handler would hang. */
async function bench(firstPosition = 0) {
  const engine = new SteppedEngine({ firstPosition })
  const seen: unknown[] = []
  const look = (): void => {
    seen.push(
      placesOf(engine.words, 0, [engine.memory]).map(({ device, callback }) => [device, callback]),
    )
  }
  const note = (_queue: unknown, request: { complete(status: number): void }): void => {
    look()
    request.complete(0)
  }
  const queue = {
    dispatchType: 'sequential',
    defaultQueue: true,
    EvtIoRead: note,
    EvtIoWrite: note,
    EvtIoDeviceControl: note,
  } as const
  for (let i = 0; i < 2; i++) await engine.addDevice(queueDriver(queue))
  return { engine, seen, look }
}

it('is the callback that the worker says it is in', async () => {
  const { engine, seen, look } = await bench()
  store(engine.words, workerBlockWord(0) + WORKER_PLACE, placeOf(1, 'EvtDeviceD0Exit'))
  look()
  expect(seen).toEqual([[[1, 'EvtDeviceD0Exit']]])
})

it.each([0, -3])(
  'else the handler of the request that was presented last (rings at %s)',
  async (first) => {
    const { engine, seen, look } = await bench(first)
    const one = new Requester(engine)
    const other = new Requester(engine, 'device1')
    one.read(1)
    other.write(2)
    one.ioctl(3)
    engine.run()
    one.write(4)
    engine.run()
    expect(seen).toEqual([
      [[0, 'EvtIoRead']],
      [[1, 'EvtIoWrite']],
      [[0, 'EvtIoDeviceControl']],
      [[0, 'EvtIoWrite']],
    ])
    look()
    // Everything has ended: it is in nobody's handler.
    expect(seen.at(-1)).toEqual([])
  },
)
