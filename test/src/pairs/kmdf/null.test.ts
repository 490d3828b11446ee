import { describe, expect, it } from 'vitest'
import nullDriver from '../../../../src/pairs/kmdf/null.js'
import { moduleUrl } from '../../../harness/inline-driver.js'
import { Requester, SOME_CODE } from '../../../harness/requester.js'
import { SteppedEngine } from '../../../harness/stepped-engine.js'

describe('null driver', () => {
  it.each([{}, { dispatchType: 'parallel', synchronizationScope: 'none' }, { spinUs: 1 }])(
    'completes everything at once, with parameters %j',
    async (parameters) => {
      const engine = new SteppedEngine({ workers: 2 })
      await engine.addDevice(moduleUrl(nullDriver), { parameters })
      const requester = new Requester(engine)
      requester.read(1, 100)
      requester.write(2, 200)
      requester.ioctl(3, SOME_CODE, 10, 20)
      requester.internalIoctl(4, SOME_CODE, 10, 20)
      const completions = engine.run().toSorted((a, b) => a.context - b.context)
      expect(completions).toMatchObject([
        { context: 1, status: 0, information: 100 },
        { context: 2, status: 0, information: 200 },
        { context: 3, status: 0, information: 0 },
        { context: 4, status: 0, information: 0 },
      ])
    },
  )

  it('lives where its parameters say', async () => {
    const engine = new SteppedEngine({ workers: 2 })
    const url = moduleUrl(nullDriver)
    const parameters = { dispatchType: 'parallel', synchronizationScope: 'none' }
    expect((await engine.addDevice(url)).queues).toMatchObject([
      { dispatchType: 'sequential', worker: 0 },
    ])
    expect((await engine.addDevice(url, { parameters })).queues).toMatchObject([
      { dispatchType: 'parallel', worker: -1 },
    ])
  })
})
