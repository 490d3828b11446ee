import os from 'node:os'
import { describe, expect, it } from 'vitest'
import { disruptorPingPongScenarios } from '../../../bench/disruptor/ping-pong.js'
import { StageRunner } from '../../../bench/disruptor/stage-runner.js'
import { WRAP } from '../../../bench/disruptor/stages.js'
import {
  countOfBoth,
  createJob,
  oversubscription,
  sumOfEvents,
  topologies,
  topologyScenarios,
} from '../../../bench/disruptor/topology.js'
import type { Measurement } from '../../../bench/scenario.js'
import { runBuilt } from '../fixtures/build-folder.js'

/** All stages on this thread, in turn, until nobody has anything left. */
function stepThrough(topology: (typeof topologies)[number], rounds: number): StageRunner[] {
  const job = createJob(topology, false)
  const runners = job.roles.map((_, index) => new StageRunner(job, index))
  for (let round = 0; round < rounds; round++) for (const runner of runners) runner.step()
  runners[0]!.stopSenders()
  for (const runner of runners) if (runner.stage.canWork()) runner.stopIfAsked()
  return runners
}

describe.each(topologies.map((topology) => [topology.name, topology] as const))(
  '%s',
  (_, topology) => {
    it('takes every event through all stages, and the outcome is the expected one', () => {
      const runners = stepThrough(topology, 300)
      const senders = runners.filter((_runner, i) => topology.roles[i]!.startsWith('send'))
      const sent = senders.map(({ stage }) => stage.events)
      for (let round = 0; round < 300; round++) {
        for (const runner of runners) if (!senders.includes(runner)) runner.step()
      }
      const last = runners[topology.last]!.stage
      expect(last.events).toBe(sent.reduce((sum, events) => sum + events, 0))
      expect(last.events).toBeGreaterThanOrEqual(300)
      expect(last.result).toBe(topology.expected(sent))
      expect(topology.expected(sent.map((events) => events + 16))).not.toBe(last.result)
    })
  },
)

describe('the end of a run', () => {
  it('is known only when every sender has said how much it sent', () => {
    const topology = topologies.find(({ name }) => name === 'three-to-one')!
    const job = createJob(topology, false)
    const [consumer, ...senders] = job.roles.map((_, index) => new StageRunner(job, index))
    for (const sender of senders) {
      sender.step()
      expect(sender.stopIfAsked()).toBe(false)
    }
    consumer!.stopSenders()
    expect(senders.map((sender) => sender.stopIfAsked())).toEqual([true, true, true])
    expect(consumer!.totalEvents()).toBe(3)
    consumer!.run()
    expect(consumer!.stage.events).toBe(3)
  })

  it('is never while one is missing', () => {
    const job = createJob(topologies[0]!, false)
    const consumer = new StageRunner(job, 1)
    consumer.stopSenders()
    expect(consumer.totalEvents()).toBe(Infinity)
  })
})

describe('what is expected', () => {
  it('adds as the stages do', () => {
    let sum = 0
    for (let i = 0; i < 100_000; i++) sum = (sum + i) | 0
    expect(sumOfEvents(100_000)).toBe(sum)
    expect(sumOfEvents(WRAP + 3)).toBe((sumOfEvents(WRAP) + 3) | 0)
    expect([0, 1, 15, 16, 31].map(countOfBoth)).toEqual([0, 1, 1, 2, 3])
  })

  it('says when threads outnumber cores', () => {
    expect(oversubscription(2, 2)).toBe('')
    expect(oversubscription(4, 2)).toBe('; oversubscribed: 4 threads on 2 cores')
  })
})

const ALL = [...topologyScenarios, ...disruptorPingPongScenarios].map(({ name }) => name)

describe.skipIf(os.availableParallelism() < 2)('on threads', () => {
  it.each(ALL)('%s is verified', async (name) => {
    const argv = [name, '--duration-ms', '20', '--warmup-ms', '10', '--json-fd', '1']
    const { code, stdout, stderr } = await runBuilt('bench/child.js', argv)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const { measurement }: { measurement: Measurement } = JSON.parse(stdout)
    expect(measurement.checksumOk).toBe(true)
    expect(measurement.operations).toBeGreaterThan(0)
  })
})
