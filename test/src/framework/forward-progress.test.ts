/** Forward progress: what a policy may say, and what is reserved for it. Rules of use: test/conformance/3.9. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../../src/abi/ntstatus.js'
import type { Device } from '../../../src/framework/device.js'
import type { ForwardProgressPolicy } from '../../../src/framework/forward-progress.js'
import type { IoQueue } from '../../../src/framework/io-queue.js'
import { deviceDriver } from '../../harness/inline-driver.js'
import { failureOf, type StatusName } from '../../harness/status.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

const POLICY: ForwardProgressPolicy = {
  totalForwardProgressRequests: 2,
  policy: 'alwaysUseReserved',
}

async function queueOf(): Promise<{ engine: SteppedEngine; queue: IoQueue }> {
  const engine = new SteppedEngine()
  let made: Device | undefined
  await engine.addDevice(
    deviceDriver((device) => {
      made = device
      device.createIoQueue({ dispatchType: 'manual', defaultQueue: true })
    }),
  )
  const queue = made?.queues[0]
  if (queue === undefined) throw new Error('no queue')
  return { engine, queue }
}

describe('a policy', () => {
  it.each<[what: string, wrong: Record<string, unknown>, status: StatusName]>([
    ['none to reserve', { totalForwardProgressRequests: 0 }, 'STATUS_INVALID_PARAMETER'],
    ['fewer than none', { totalForwardProgressRequests: -1 }, 'STATUS_INVALID_PARAMETER'],
    ['half of one', { totalForwardProgressRequests: 1.5 }, 'STATUS_INVALID_PARAMETER'],
    ['no number', { totalForwardProgressRequests: '2' }, 'STATUS_INVALID_PARAMETER'],
    ['too many', { totalForwardProgressRequests: 65_537 }, 'STATUS_INSUFFICIENT_RESOURCES'],
    ['a policy that there is not', { policy: 'always' }, 'STATUS_INVALID_PARAMETER'],
    ['useExamine without its callback', { policy: 'useExamine' }, 'STATUS_INVALID_PARAMETER'],
    [
      'a callback that is no function',
      { EvtIoAllocateRequestResources: 7 },
      'STATUS_INVALID_PARAMETER',
    ],
  ])('with %s is refused, and another one can be assigned', async (_what, wrong, status) => {
    const { queue } = await queueOf()
    const bad = { ...POLICY, ...wrong } as ForwardProgressPolicy
    expect(() => queue.assignForwardProgressPolicy(bad)).toThrow(failureOf(status))
    queue.assignForwardProgressPolicy(POLICY)
    expect(queue.forwardProgress?.waiting).toBe(0)
  })

  it('whose allocation throws reports it, and fails with the status it carries', async () => {
    const { engine, queue } = await queueOf()
    const assign = (error: unknown): (() => void) => {
      return () =>
        queue.assignForwardProgressPolicy({
          ...POLICY,
          EvtIoAllocateResourcesForReservedRequest() {
            throw error
          },
        })
    }
    expect(assign(new Error('no'))).toThrow(failureOf('STATUS_INSUFFICIENT_RESOURCES'))
    const busy = Object.assign(new Error('busy'), { ntstatus: nt.STATUS_DEVICE_BUSY })
    expect(assign(busy)).toThrow(failureOf('STATUS_DEVICE_BUSY'))
    expect(engine.faults).toHaveLength(2)
  })
})

describe('what is reserved', () => {
  it('goes back to the pool when the device goes, and nothing is leaked by a failure', async () => {
    const { engine, queue } = await queueOf()
    const { locals } = engine.framework()
    const blocks = (): number => locals.ports.length
    const fail = { ...POLICY, totalForwardProgressRequests: 200 }
    for (let round = 0; round < 5; round++) {
      let calls = 0
      expect(() =>
        queue.assignForwardProgressPolicy({
          ...fail,
          EvtIoAllocateResourcesForReservedRequest: () =>
            ++calls === 200 ? nt.STATUS_UNSUCCESSFUL : nt.STATUS_SUCCESS,
        }),
      ).toThrow(failureOf('STATUS_UNSUCCESSFUL'))
    }
    expect(blocks()).toBe(1)
    queue.assignForwardProgressPolicy(fail)
    await engine.framework().stopDevice(0)
    for (let taken = 0; taken < 256; taken++) locals.take()
    expect(blocks()).toBe(1)
  })

  it('may not be completed by the callback that allocates for it', async () => {
    const { engine, queue } = await queueOf()
    expect(() =>
      queue.assignForwardProgressPolicy({
        ...POLICY,
        EvtIoAllocateResourcesForReservedRequest: (_queue, request) =>
          request.complete(nt.STATUS_SUCCESS),
      }),
    ).toThrow(failureOf('STATUS_INSUFFICIENT_RESOURCES'))
    expect(engine.faults).toMatchObject([{ error: { code: 'WDF_REQUEST_FATAL_ERROR' } }])
  })
})
