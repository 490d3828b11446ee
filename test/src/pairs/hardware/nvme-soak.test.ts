/**
 * The NVMe driver and device with all faults at once, in an order that a seed decides: every request ends once, a
 * successful read returns what was written last, no interrupt is lost as a level, and nothing is left behind.
 */
import assert from 'node:assert/strict'
import { describe, expect, it } from 'vitest'
import type { FaultOptions } from '../../../../native-sim/fault-plan.js'
import { Random } from '../../../../native-sim/random.js'
import type { ChannelBuffer } from '../../../../src/irp/channel-buffer.js'
import { startNvme } from './nvme-bench.js'

const BLOCKS = 24
const PLACES = 12

interface Sent {
  readonly isWrite: boolean
  readonly block: number
  readonly fill: number
}

function faultsOf(random: Random, seed: number): FaultOptions {
  const probability = (): number => random.nextBelow(40) / 100
  return {
    seed,
    lateInterrupt: { probability: probability(), delayUs: random.nextBelow(500) },
    lostInterrupt: { probability: probability() },
    spuriousInterrupt: { probability: probability() },
    slowDma: { probability: probability(), delayUs: random.nextBelow(300) },
    failedDma: { probability: probability() / 4 },
    ...(seed % 5 === 0 ? { surpriseRemovalAtUs: 2000 + random.nextBelow(4000) } : {}),
  }
}

/** One run; returns what happened. */
async function soak(seed: number) {
  const random = new Random(seed)
  const options = {
    blocks: BLOCKS,
    latencyUs: random.nextBelow(60),
    faults: faultsOf(random, seed),
  }
  const parameters = { depth: 1 + random.nextBelow(6), watchdogMs: 2 }
  const budgets = { interrupts: 3, dpcs: 2, moderateAfter: random.nextBelow(3) }
  const { stepped, requester, adapter } = await startNvme(options, parameters, { budgets })
  const { channel, file } = requester
  const buffers = Array.from({ length: PLACES }, () => channel.allocate(512))
  const content = new Map<number, number>()
  const sent = new Map<number, Sent>()
  const counts = { good: 0, failed: 0, sent: 0 }

  const send = (): void => {
    const place = random.nextBelow(PLACES)
    const block = random.nextBelow(BLOCKS)
    // A place and a block are used by one request at a time: what a read must return is then certain.
    if (sent.has(place) || [...sent.values()].some((other) => other.block === block)) return
    const buffer = buffers[place] as ChannelBuffer
    const isWrite = random.nextBelow(2) === 0
    const fill = isWrite ? 1 + random.nextBelow(255) : 0
    buffer.bytes.fill(isWrite ? fill : 0xee)
    const prepare = isWrite ? 'prepareWrite' : 'prepareRead'
    assert.ok(channel[prepare](file, buffer, 512, block * 512, place) >= 0)
    sent.set(place, { isWrite, block, fill })
    counts.sent++
    channel.submit()
  }
  const take = (completions: readonly { context: number; status: number }[]): void => {
    for (const { context, status } of completions) {
      const request = sent.get(context)
      assert.ok(request !== undefined, 'a request that was not sent has completed')
      sent.delete(context)
      if (status < 0) {
        counts.failed++
      } else {
        counts.good++
        const { bytes } = buffers[context] as ChannelBuffer
        if (request.isWrite) content.set(request.block, request.fill)
        else
          assert.deepEqual([bytes[0], bytes[511]], Array(2).fill(content.get(request.block) ?? 0))
      }
    }
  }
  for (let step = 0; step < 400; step++) {
    const draw = random.nextBelow(10)
    if (draw < 4) send()
    else if (draw < 6) stepped.poll()
    else if (draw < 8) stepped.turn()
    else stepped.pass(random.nextBelow(100))
    take(stepped.engine.reap())
  }
  // A removed device is noticed by the watchdog.
  for (let i = 0; i < 5 && sent.size > 0; i++) take(stepped.run())
  const report = stepped.device!.report()
  assert.deepEqual([sent.size, adapter.outstanding, stepped.thrown], [0, 0, []])
  assert.equal(stepped.stuckLines, 0)
  assert.equal(report.dmaFaults, 0)
  return { ...counts, report, lostInterrupts: adapter.lostInterrupts }
}

describe('NVMe driver and device with all faults at once', () => {
  it('200 seeds', async () => {
    const sums = {
      sent: 0,
      good: 0,
      failed: 0,
      lost: 0,
      late: 0,
      spurious: 0,
      removed: 0,
      stoodIn: 0,
    }
    for (let seed = 1; seed <= 200; seed++) {
      const { sent, good, failed, report, lostInterrupts } = await soak(seed).catch(
        (error: unknown) => {
          throw new Error(`seed ${seed}`, { cause: error })
        },
      )
      assert.equal(good + failed, sent)
      sums.sent += sent
      sums.good += good
      sums.failed += failed
      sums.lost += report.faults.lost
      sums.late += report.faults.late
      sums.spurious += report.faults.spurious
      sums.removed += report.faults.removed
      sums.stoodIn += lostInterrupts
    }
    // The seeds really went through all of it.
    expect(sums.good).toBeGreaterThan(8000)
    expect(sums.failed).toBeGreaterThan(500)
    expect(sums.removed).toBeGreaterThan(20)
    for (const count of [sums.lost, sums.late, sums.spurious, sums.stoodIn]) {
      expect(count).toBeGreaterThan(100)
    }
  })
})
