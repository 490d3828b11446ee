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

/** Takes what it sent for done when `send` returns, or waits for its completion routine. */
const sender = (isHasty: boolean): CaseDriver => ({
  build: (device) =>
    device.createIoQueue({
      dispatchType: 'parallel',
      defaultQueue: true,
      EvtIoRead: (_queue, request) => {
        request.formatRequestUsingCurrentType()
        request.setCompletionRoutine((returned, _target, { status }) => {
          if (!isHasty) returned.complete(status)
        })
        if (!request.send(device.ioTarget)) request.complete(request.getStatus())
        else if (isHasty) request.complete(STATUS_SUCCESS)
      },
    }),
})

/** Statuses, driver faults, and how many sends pended. */
const outcome = async (isHasty: boolean, isForced: boolean): Promise<unknown> => {
  const forcePending = isForced ? { seed: 1, probability: 1 } : null
  const bench = new VerifierBench({ forcePending })
  const statuses = await statusesOf(bench, sender(isHasty))
  return [statuses, bench.engine.faults.length, bench.verifier.summary().pended]
}

const pendedOf = async (seed: number): Promise<number> => {
  const bench = new VerifierBench({ forcePending: { seed, probability: 0.5 } })
  await bench.add(sender(false))
  for (let i = 0; i < 100; i++) bench.requester.reads(i)
  return bench.verifier.summary().pended
}

describe('forced pending', () => {
  it('shows a driver that takes a request for done when send returns', async () => {
    const good = [STATUS_SUCCESS, STATUS_SUCCESS]
    expect(await outcome(false, false)).toEqual([good, 0, 0])
    expect(await outcome(false, true)).toEqual([good, 0, 2])
    // The device below completes at once: all seems well.
    expect(await outcome(true, false)).toEqual([good, 0, 0])
    const [statuses, faults, pended] = (await outcome(true, true)) as [number[], number, number]
    expect([faults, pended]).toEqual([2, 2])
    expect(statuses).toEqual([])
  })

  it('is drawn from a seed', async () => {
    expect(await pendedOf(1)).toBe(await pendedOf(1))
    expect(await pendedOf(1)).toBeGreaterThan(20)
    expect(await pendedOf(1)).toBeLessThan(80)
  })
})

describe('late reads of a request’s buffer', () => {
  const SOURCE = new Uint8Array(8)
  it.each<[string, (bytes: Uint8Array) => unknown]>([
    ['a method', (bytes) => bytes.indexOf(1)],
    ['an iterator', (bytes) => [...bytes]],
    ['its buffer', (bytes) => new DataView(bytes.buffer, bytes.byteOffset)],
    ['a part of it', (bytes) => bytes.subarray(4)],
    ['a part that was made before', (bytes) => bytes.slice()],
  ])('are reported at the call: %s', async (_how, read) => {
    const bench = new VerifierBench()
    const driver = reads((request) => {
      const bytes = request.retrieveOutputBuffer()
      const part = bytes.subarray(2)
      // Before the end, and what does not read, is nobody's business.
      read(bytes)
      request.complete(STATUS_SUCCESS)
      SOURCE.fill(bytes.length)
      read(part)
    })
    expect(await statusesOf(bench, driver)).toEqual([STATUS_SUCCESS, STATUS_SUCCESS])
    expect(bench.reports).toMatchObject([
      { rule: 'BufAfterReqCompletedRead', message: 'its buffer was read after it was completed' },
    ])
    expect(bench.reports[0]?.site).toContain('policy.test.ts')
  })

  it('of single elements get the poison', async () => {
    const bench = new VerifierBench()
    const seen: (number | undefined)[] = []
    const driver = reads((request) => {
      const bytes = request.retrieveOutputBuffer()
      bytes[0] = 7
      seen.push(bytes[0])
      request.complete(STATUS_SUCCESS)
      seen.push(bytes[0])
    })
    await statusesOf(bench, driver)
    expect(seen).toEqual([7, 0xdb, 7, 0xdb])
  })

  it('of what its driver handed on, kept or copied are no matter', async () => {
    const bench = new VerifierBench()
    const driver = reads((request) => {
      const bytes = request.retrieveOutputBuffer()
      const copies = [
        bytes.slice(),
        Buffer.from(bytes),
        Uint8Array.from(bytes),
        bytes.map((b) => b),
      ]
      request.complete(STATUS_SUCCESS)
      for (const copy of copies) copy.indexOf(1)
    })
    await statusesOf(bench, driver)
    expect(bench.reports).toEqual([])
  })
})
