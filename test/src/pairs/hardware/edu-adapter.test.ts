import assert from 'node:assert/strict'
import { describe, expect, it } from 'vitest'
import { IOCTL_EDU_FACTORIAL, IOCTL_EDU_IDENTIFY } from '../../../../src/abi/edu-ioctl.js'
import {
  STATUS_DEVICE_NOT_CONNECTED,
  STATUS_IO_DEVICE_ERROR,
  STATUS_IO_TIMEOUT,
  STATUS_SUCCESS,
} from '../../../../src/abi/ntstatus.js'
import type { EduAdapter } from '../../../../src/pairs/hardware/edu-adapter.js'
import { eventLoopTurn } from '../../../harness/event-loop-turn.js'
import { type EduBench, startEdu } from './edu-bench.js'

function adapterOf(bench: EduBench): EduAdapter {
  return bench.stepped.engine.framework().devices.get(0)?.context['adapter'] as EduAdapter
}

/** Completions of so many factorials and transfers in a row: all statuses. */
function work(bench: EduBench, rounds: number): number[] {
  const statuses: number[] = []
  for (let i = 0; i < rounds; i++) {
    const [status, , product] = bench.ioctl(IOCTL_EDU_FACTORIAL, 5)
    assert.ok(status !== STATUS_SUCCESS || product === 120)
    bench.requester.write(2, 512, 0)
    statuses.push(status, ...bench.stepped.run().map((completion) => completion.status))
  }
  return statuses
}

describe('edu adapter and hardware that errs', () => {
  it('lost interrupts: the watchdog stands in', async () => {
    const faults = { lostInterrupt: { probability: 0.5 }, seed: 8 }
    const bench = await startEdu({ trigger: 'message', faults }, { watchdogMs: 10 })
    expect(new Set(work(bench, 50))).toEqual(new Set([STATUS_SUCCESS]))
    const { lost } = bench.stepped.device!.report().faults
    expect(lost).toBeGreaterThan(20)
    expect(adapterOf(bench).lostInterrupts).toBe(lost)
  })

  it('late interrupts: served when they come', async () => {
    const faults = { lateInterrupt: { probability: 0.5, delayUs: 300 } }
    const bench = await startEdu({ trigger: 'message', faults })
    expect(new Set(work(bench, 50))).toEqual(new Set([STATUS_SUCCESS]))
    expect(bench.stepped.device!.report().faults.late).toBeGreaterThan(20)
    expect(adapterOf(bench).lostInterrupts).toBe(0)
  })

  it('interrupts so late that the watchdog was first do no harm', async () => {
    const faults = { lateInterrupt: { probability: 1, delayUs: 30_000 } }
    const bench = await startEdu({ trigger: 'message', faults }, { watchdogMs: 10 })
    expect(new Set(work(bench, 20))).toEqual(new Set([STATUS_SUCCESS]))
    expect(adapterOf(bench).lostInterrupts).toBe(40)
    expect(bench.interrupt.statistics?.unclaimed).toBeGreaterThan(0)
    expect(bench.stepped.thrown).toEqual([])
  })

  it.each(['level', 'message'] as const)('spurious %s interrupts: not claimed', async (trigger) => {
    const faults = { spuriousInterrupt: { probability: 0.2 } }
    const bench = await startEdu({ trigger, faults })
    expect(new Set(work(bench, 50))).toEqual(new Set([STATUS_SUCCESS]))
    expect(bench.interrupt.statistics?.unclaimed).toBeGreaterThan(10)
  })

  it('a line that sticks for a while costs calls, not requests', async () => {
    const faults = { stuckInterrupt: { probability: 0.5, forUs: 40 } }
    const bench = await startEdu({ faults })
    expect(new Set(work(bench, 50))).toEqual(new Set([STATUS_SUCCESS]))
    expect(bench.stepped.device!.report().faults.stuck).toBeGreaterThan(20)
    expect(bench.interrupt.statistics?.unclaimed).toBeGreaterThan(20)
  })

  it('a line that sticks for ever is switched off; the watchdog goes on without it', async () => {
    const faults = { stuckInterrupt: { probability: 1, forUs: Infinity } }
    const bench = await startEdu({ faults }, { watchdogMs: 10 })
    expect(new Set(work(bench, 5))).toEqual(new Set([STATUS_SUCCESS]))
    expect(bench.stepped.stuckLines).toBe(1)
    expect(bench.interrupt.statistics?.isStuck).toBe(true)
    expect(adapterOf(bench).lostInterrupts).toBe(9)
  })

  it('failing DMA fails its request, and the next one is served', async () => {
    const faults = { failedDma: { probability: 0.5 }, slowDma: { probability: 0.5, delayUs: 500 } }
    const bench = await startEdu({ faults })
    const statuses = work(bench, 50)
    const { failedDma, slowDma } = bench.stepped.device!.report().faults
    expect(statuses.filter((status) => status === STATUS_IO_DEVICE_ERROR)).toHaveLength(failedDma)
    expect(statuses.filter((status) => status === STATUS_SUCCESS)).toHaveLength(100 - failedDma)
    expect([failedDma > 10, slowDma > 10]).toEqual([true, true])
  })

  it('DMA beyond what the device may reach fails its request, and nothing is written', async () => {
    const bench = await startEdu()
    const { requester, stepped } = bench
    stepped.device!.unmapDma(stepped.channelWindow.window)
    requester.buffer.bytes.fill(7)
    requester.read(1, 512, 0)
    expect(stepped.run()).toMatchObject([{ status: STATUS_IO_DEVICE_ERROR, information: 0 }])
    expect(new Set(requester.buffer.bytes)).toEqual(new Set([7]))
    expect(stepped.device!.report()).toMatchObject({
      dmaFaults: 1,
      lastDmaFault: { direction: 'write', window: 1, byteLength: 512 },
    })
    expect(bench.ioctl(IOCTL_EDU_FACTORIAL, 4)[2]).toBe(24)
  })

  it.each([
    ['before the device has finished', 2000, []],
    ['after it has finished one', 400, [STATUS_SUCCESS]],
  ])('surprise removal %s: every request ends with a status', async (_when, factorialUs, good) => {
    const faults = { surpriseRemovalAtUs: 1000 }
    const bench = await startEdu({ faults, factorialUs }, { watchdogMs: 10 })
    const gone = Array.from({ length: 6 - good.length }, () => STATUS_DEVICE_NOT_CONNECTED)
    expect(work(bench, 3)).toEqual([...good, ...gone])
    expect(bench.stepped.device!.report()).toMatchObject({
      isRemoved: true,
      faults: { removed: 1 },
    })
    expect(bench.ioctl(IOCTL_EDU_IDENTIFY)[2]).toBe(-1)
    await bench.stepped.until(bench.stepped.engine.framework().stopDevice(0))
    expect(bench.stepped.thrown).toEqual([])
  })

  it('a device whose thread has died: the watchdog ends the request', async () => {
    const bench = await startEdu({}, { watchdogMs: 10 })
    const { requester, stepped } = bench
    stepped.hardware!.registers.step = null
    requester.ioctl(1, IOCTL_EDU_FACTORIAL, 4, 4)
    requester.engine.channel.submit()
    stepped.turn()
    stepped.pass(20_000)
    stepped.turn()
    expect(stepped.engine.reap()).toMatchObject([{ status: STATUS_IO_TIMEOUT }])
    expect(stepped.thrown).toEqual([])
  })

  it('a device that is stopped with a transfer under way waits for it', async () => {
    const { requester, stepped } = await startEdu({ dmaUs: 100 })
    requester.buffer.bytes.fill(7)
    requester.read(1, 512, 0)
    requester.engine.channel.submit()
    stepped.turn()
    stepped.poll()
    let isStopped = false
    const stopped = stepped.engine
      .framework()
      .stopDevice(0)
      .then(() => {
        isStopped = true
      })
    for (let i = 0; i < 10; i++) await eventLoopTurn()
    expect([isStopped, requester.buffer.bytes[0]]).toEqual([false, 7])
    stepped.pass(100)
    await stepped.until(stopped)
    expect(requester.buffer.bytes[0]).toBe(0)
  })

  it('a device that is stopped with a request under way ends it, and hears no more of it', async () => {
    const bench = await startEdu({ factorialUs: 1e9 })
    const { requester, stepped } = bench
    requester.ioctl(1, IOCTL_EDU_FACTORIAL, 4, 4)
    requester.engine.channel.submit()
    stepped.turn()
    stepped.poll()
    await stepped.until(stepped.engine.framework().stopDevice(0))
    stepped.pass(2e9)
    stepped.poll()
    stepped.turn()
    expect(stepped.engine.reap()).toMatchObject([{ status: STATUS_DEVICE_NOT_CONNECTED }])
    expect([stepped.thrown, stepped.engine.faults]).toEqual([[], []])
  })
})
