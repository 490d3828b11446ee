/** A million requests of the batch path, stepped on one thread: nothing may grow with them. */
import { expect, it } from 'vitest'
import { queueDriver } from '../../harness/inline-driver.js'
import { NOTHING_GREW, readMillion } from '../../harness/million-reads.js'
import { Requester } from '../../harness/requester.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

const BATCH = 512

it('allocates nothing a request', async () => {
  const engine = new SteppedEngine({ slots: 1024 })
  await engine.addDevice(
    queueDriver({
      dispatchType: 'sequential',
      defaultQueue: true,
      EvtIoRead: (_queue, request, length) => request.completeWithInformation(0, length),
    }),
  )
  expect(readMillion(engine, new Requester(engine), BATCH)).toEqual(NOTHING_GREW)
})
