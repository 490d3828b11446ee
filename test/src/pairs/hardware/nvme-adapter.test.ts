import { describe, expect, it } from 'vitest'
import { Random } from '../../../../native-sim/random.js'
import {
  STATUS_DEVICE_NOT_CONNECTED,
  STATUS_IO_DEVICE_ERROR,
  STATUS_IO_TIMEOUT,
  STATUS_SUCCESS,
} from '../../../../src/abi/ntstatus.js'
import { type NvmeBench, startNvme } from './nvme-bench.js'

const DEPTH = 8

/** So many rounds of reads and writes, 16 at once; returns how many ended with each status. */
function work({ requester, stepped }: NvmeBench, rounds: number): Map<number, number> {
  const statuses = new Map<number, number>()
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < 16; i++) {
      if (i % 2 === 0) requester.write(i, 512, i * 512)
      else requester.read(i, 512, i * 512)
    }
    const done = stepped.run()
    expect(new Set(done.map(({ context }) => context)).size).toBe(16)
    for (const { status } of done) statuses.set(status, (statuses.get(status) ?? 0) + 1)
  }
  return statuses
}

const allGood = (rounds: number): Map<number, number> => new Map([[STATUS_SUCCESS, rounds * 16]])

describe('NVMe adapter and hardware that errs', () => {
  it('lost interrupts: the next one or the watchdog brings the completions', async () => {
    const faults = { lostInterrupt: { probability: 0.5 }, seed: 2 }
    const bench = await startNvme({ faults }, { depth: DEPTH, watchdogMs: 10 })
    expect(work(bench, 50)).toEqual(allGood(50))
    expect(bench.stepped.device!.report().faults.lost).toBeGreaterThan(20)
    expect(bench.adapter.lostInterrupts).toBeGreaterThan(5)
  })

  it('late and spurious interrupts, slow transfers', async () => {
    const faults = {
      lateInterrupt: { probability: 0.3, delayUs: 200 },
      spuriousInterrupt: { probability: 0.1 },
      slowDma: { probability: 0.3, delayUs: 300 },
    }
    const bench = await startNvme({ faults, latencyUs: 20 }, { depth: DEPTH })
    expect(work(bench, 50)).toEqual(allGood(50))
    const { late, spurious, slowDma } = bench.stepped.device!.report().faults
    expect([late > 20, spurious > 20, slowDma > 20]).toEqual([true, true, true])
    expect(bench.adapter.lostInterrupts).toBe(0)
  })

  it('failing transfers fail their requests and no other', async () => {
    const faults = { failedDma: { probability: 0.25 } }
    const bench = await startNvme({ faults }, { depth: DEPTH })
    const statuses = work(bench, 50)
    const { failedDma } = bench.stepped.device!.report().faults
    expect(statuses).toEqual(
      new Map([
        [STATUS_SUCCESS, 800 - failedDma],
        [STATUS_IO_DEVICE_ERROR, failedDma],
      ]),
    )
    expect(failedDma).toBeGreaterThan(100)
    expect(bench.adapter.outstanding).toBe(0)
  })

  it('DMA beyond what the device may reach fails its request', async () => {
    const { requester, stepped } = await startNvme()
    stepped.device!.unmapDma(stepped.channelWindow.window)
    requester.buffer.bytes.fill(7)
    requester.read(1, 512, 0)
    expect(stepped.run()).toMatchObject([{ status: STATUS_IO_DEVICE_ERROR, information: 0 }])
    expect(new Set(requester.buffer.bytes)).toEqual(new Set([7]))
    stepped.device!.mapDma(stepped.channelWindow)
    requester.read(1, 512, 0)
    expect(stepped.run()).toMatchObject([{ status: STATUS_SUCCESS }])
  })

  it('a device hears of eight commands at once, of the others with the next turn, and of none twice', async () => {
    const { requester, stepped } = await startNvme({}, { depth: 64 })
    const begin = (count: number): void => {
      for (let i = 0; i < count; i++) requester.read(i, 512, i * 512)
      requester.engine.channel.submit()
      stepped.turn()
    }
    for (const count of [20, 8, 1, 16]) {
      begin(count)
      const early = stepped.poll()
      stepped.turn()
      const late = stepped.poll()
      expect([early, late]).toEqual([count - (count % 8), count % 8])
      expect(stepped.run()).toHaveLength(count)
    }
  })

  it('a device that goes before it has heard of the commands: they end with that turn', async () => {
    const { requester, stepped, adapter } = await startNvme({}, { depth: DEPTH })
    requester.read(1, 512, 0)
    requester.engine.channel.submit()
    stepped.turn()
    stepped.device!.surpriseRemove()
    stepped.turn()
    expect(stepped.engine.reap()).toMatchObject([{ status: STATUS_DEVICE_NOT_CONNECTED }])
    expect(adapter.outstanding).toBe(0)
  })

  it('surprise removal under load: every request ends once', async () => {
    const bench = await startNvme({ latencyUs: 100 }, { depth: DEPTH, watchdogMs: 10 })
    const { requester, stepped, adapter } = bench
    for (let i = 0; i < 40; i++) requester.read(i, 512, i * 512)
    requester.engine.channel.submit()
    stepped.turn()
    // The doorbell comes with the next turn, one for all.
    stepped.turn()
    stepped.poll()
    stepped.pass(150)
    stepped.poll()
    expect(adapter.outstanding).toBe(DEPTH)
    stepped.device!.surpriseRemove()
    const done = stepped.run()
    expect(new Set(done.map(({ context }) => context)).size).toBe(40)
    const good = done.filter(({ status }) => status === STATUS_SUCCESS).length
    const gone = done.filter(({ status }) => status === STATUS_DEVICE_NOT_CONNECTED).length
    expect([good, gone]).toEqual([DEPTH, 32])
    expect(adapter.outstanding).toBe(0)
  })

  it('a device that completes nothing any more times out, and is asked no more', async () => {
    const parameters = { depth: DEPTH, watchdogMs: 10, timeoutMs: 100 }
    const { requester, stepped, adapter } = await startNvme({ latencyUs: 1e9 }, parameters)
    for (let i = 0; i < 20; i++) requester.read(i, 512, 0)
    requester.engine.channel.submit()
    const statuses: number[] = []
    for (let ms = 0; ms < 200; ms++) {
      stepped.turn()
      stepped.poll()
      stepped.pass(1000)
      statuses.push(...stepped.engine.reap().map(({ status }) => status))
    }
    expect(statuses.filter((status) => status === STATUS_IO_TIMEOUT)).toHaveLength(DEPTH)
    expect(statuses.filter((status) => status === STATUS_DEVICE_NOT_CONNECTED)).toHaveLength(12)
    expect([adapter.outstanding, adapter.watchdog.isArmed]).toEqual([0, false])
    expect(stepped.device!.nextUs()).toBe(Infinity)
  })

  it('a device that is stopped under load forgets its commands, and their requests end', async () => {
    const { requester, stepped, adapter } = await startNvme({ latencyUs: 1e9 }, { depth: DEPTH })
    for (let i = 0; i < 20; i++) requester.read(i, 512, 0)
    requester.engine.channel.submit()
    stepped.turn()
    stepped.poll()
    await stepped.until(stepped.engine.framework().stopDevice(0))
    stepped.turn()
    const statuses = stepped.engine.reap().map(({ status }) => status)
    expect(statuses).toHaveLength(20)
    const gone = statuses.filter((status) => status === STATUS_DEVICE_NOT_CONNECTED)
    expect(gone).toHaveLength(DEPTH)
    expect([adapter.outstanding, stepped.thrown, stepped.engine.faults]).toEqual([0, [], []])
  })

  it('a storm: ten times as many interrupts as turns, no completion lost, every turn within its budgets', async () => {
    const budgets = { interrupts: 4, dpcs: 2, moderateAfter: 2 }
    const faults = { spuriousInterrupt: { probability: 1 } }
    const bench = await startNvme({ faults }, { depth: DEPTH }, { budgets })
    const { requester, stepped, adapter } = bench
    const random = new Random(6)
    let completed = 0
    for (let turn = 0; turn < 500; turn++) {
      for (let i = 0; i < 10; i++) stepped.poll()
      if (turn % 4 === 0) requester.read(turn, 512, random.nextBelow(100) * 512)
      requester.engine.channel.submit()
      expect(stepped.levels.pollRaised()).toBeLessThanOrEqual(7)
      stepped.engine.step()
      completed += stepped.engine.reap().length
    }
    completed += stepped.engine.reap().length
    for (let turn = 0; turn < 10; turn++) {
      stepped.poll()
      stepped.turn()
      completed += stepped.engine.reap().length
    }
    expect(completed).toBe(125)
    expect(adapter.interrupt.statistics?.raises).toBeGreaterThan(4000)
    expect(adapter.interrupt.statistics?.services).toBeLessThan(2000)
  })
})
