/**
 * What the verifier does about a violation, and what its injected failures do to a driver.
 */
import { describe, expect, it } from 'vitest'
import { STATUS_DRIVER_INTERNAL_ERROR, STATUS_SUCCESS } from '../../src/abi/ntstatus.js'
import type { Request } from '../../src/framework/request.js'
import { type CaseDriver, VerifierBench } from './bench.js'

function reads(EvtIoRead: (request: Request) => void): CaseDriver {
  return {
    build: (device) =>
      device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoRead: (_queue, request) => EvtIoRead(request),
      }),
  }
}

/** The statuses of reads, in order. */
async function statusesOf(bench: VerifierBench, driver: CaseDriver): Promise<number[]> {
  await bench.add(driver)
  return bench.requester.reads(0, 1).map(({ status }) => status)
}

describe('onViolation: throw', () => {
  it('throws at the call: the handler’s request ends, and the next one is unharmed', async () => {
    const bench = new VerifierBench({ onViolation: 'throw' })
    let isBad = true
    const statuses = await statusesOf(
      bench,
      reads((request) => {
        if (isBad) {
          isBad = false
          request.retrieveInputBuffer()
        }
        request.complete(STATUS_SUCCESS)
      }),
    )
    expect(statuses).toEqual([STATUS_DRIVER_INTERNAL_ERROR, STATUS_SUCCESS])
    expect(bench.engine.faults).toMatchObject([
      { error: { code: 'WDF_VERIFIER_FATAL_ERROR', value: 'InputBufferAPI' } },
    ])
  })
})

describe('a stale request', () => {
  it('is refused, though its slot stands for another IRP by now', async () => {
    const bench = new VerifierBench({}, 1)
    const seen: Request[] = []
    const driver = reads((request) => {
      seen.push(request)
      if (seen.length === 1) request.complete(STATUS_SUCCESS)
    })
    await bench.add(driver)
    bench.requester.reads(0)
    bench.requester.reads(1)
    const [first, second] = seen
    expect(first).not.toBe(second)
    expect(() => first?.complete(STATUS_SUCCESS)).toThrow('completed before')
    second?.complete(STATUS_SUCCESS)
    expect(bench.engine.run().map(({ status }) => status)).toEqual([STATUS_SUCCESS])
    expect(bench.reports.map(({ rule }) => rule)).toEqual(['DoubleCompletion'])
  })
})

describe('allocation failures', () => {
  it('reach the driver as STATUS_INSUFFICIENT_RESOURCES, and end its request with it', async () => {
    const bench = new VerifierBench({
      allocationFailures: { seed: 1, probability: 1, after: 4 },
    })
    const statuses = await statusesOf(
      bench,
      reads((request) => {
        request.retrieveOutputBuffer().fill(1)
        request.complete(STATUS_SUCCESS)
      }),
    )
    expect(statuses.map((status) => status >>> 0)).toEqual([0xc000009a, 0xc000009a])
    expect(bench.reports).toEqual([])
    expect(bench.verifier.summary()).toMatchObject({ allocations: 6, failedAllocations: 2 })
  })
})
