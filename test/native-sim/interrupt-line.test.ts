import { describe, expect, it } from 'vitest'
import type { FaultOptions } from '../../native-sim/fault-plan.js'
import type { Trigger } from '../../native-sim/interrupt-line.js'
import { LINE_ASSERTED, interruptLineWord } from '../../src/abi/interrupt-layout.js'
import {
  createInterruptBlock,
  interruptBlockOf,
  InterruptLines,
} from '../../src/irp/interrupt-block.js'
import { CountingDevice, CountingWorker } from '../harness/counting-device.js'

function bench(trigger: Trigger, faults: FaultOptions = {}, stuckAfter = 1000) {
  const block = createInterruptBlock(1)
  const words = interruptBlockOf(block)
  const lines = new InterruptLines(block, { buffer: new SharedArrayBuffer(512), word: 0 })
  const worker = new CountingWorker(words, { stuckAfter })
  const device = new CountingDevice(lines.allocate(), trigger, worker.dpcs, faults)
  device.connectTo(worker.controller)
  const asserted = (): number | undefined => words[interruptLineWord(0) + LINE_ASSERTED]
  return { worker, device, asserted }
}

describe('a level line', () => {
  it('calls again as long as the device is not quiet, and says what it is', () => {
    const { worker, device, asserted } = bench('level')
    let refusals = 3
    const service = device.serviceInterrupt.bind(device)
    device.serviceInterrupt = () => (refusals-- > 0 ? 0 : service())
    device.produce()
    expect(asserted()).toBe(1)
    worker.settle([device])
    expect([device.consumed, device.connection?.services, asserted()]).toEqual([1, 4, 0])
  })

  it('goes quiet without a second call when the ISR has quietened the device', () => {
    const { worker, device } = bench('level')
    for (let i = 0; i < 10; i++) {
      device.produce()
      worker.settle([device])
    }
    expect([device.isrCalls, device.connection?.unclaimed, device.consumed]).toEqual([10, 0, 10])
  })

  it('cannot be lost or late', () => {
    const { worker, device } = bench('level', {
      lostInterrupt: { probability: 1 },
      lateInterrupt: { probability: 1, delayUs: 1e9 },
    })
    for (let i = 0; i < 10; i++) device.produce()
    worker.settle([device])
    expect(device.consumed).toBe(10)
  })

  it('stuck for a while: the ISR is called for nothing until it ends', () => {
    const { worker, device } = bench('level', { stuckInterrupt: { probability: 1, forUs: 50 } })
    device.produce(0)
    for (let us = 0; us < 100; us += 10) {
      device.pollHardware(us)
      worker.controller.poll(64)
      worker.dpcs.poll(64)
    }
    worker.settle([device], 100)
    expect([device.consumed, device.faults.counts.stuck]).toEqual([1, 1])
    expect(device.connection?.unclaimed).toBeGreaterThanOrEqual(3)
    expect(device.hardware.isAsserted).toBe(false)
  })

  it('stuck for ever: the worker switches it off and goes on', () => {
    const { worker, device } = bench(
      'level',
      { stuckInterrupt: { probability: 1, forUs: Infinity } },
      20,
    )
    device.produce(0)
    for (let us = 0; us < 100; us++) {
      device.pollHardware(us)
      worker.controller.poll(64)
    }
    expect([worker.stuck, device.connection?.isStuck]).toEqual([[device], true])
    expect(device.isrCalls).toBe(21)
    expect(worker.controller.hasWork()).toBe(false)
  })
})

describe('a message line', () => {
  it('late: comes with a poll after its time', () => {
    const { worker, device } = bench('message', { lateInterrupt: { probability: 1, delayUs: 30 } })
    device.produce(100)
    expect(device.hardware.nextUs).toBe(130)
    for (const [us, consumed] of [
      [100, 0],
      [129, 0],
      [130, 1],
    ] as const) {
      worker.settle([device], us)
      expect(device.consumed, `at ${us} µs`).toBe(consumed)
    }
    expect([device.faults.counts.late, device.hardware.nextUs]).toEqual([1, Infinity])
  })

  it('lost: its event comes with the next one that is not', () => {
    const { worker, device } = bench('message', { lostInterrupt: { probability: 0.5 }, seed: 3 })
    let waiting = 0
    for (let i = 0; i < 100; i++) {
      const { lost } = device.faults.counts
      device.produce()
      worker.settle([device])
      waiting = device.faults.counts.lost > lost ? waiting + 1 : 0
      expect(device.unseen).toBe(waiting)
    }
    expect(device.faults.counts.lost).toBeGreaterThan(30)
  })

  it('spurious: the ISR says it is not its own', () => {
    const { worker, device } = bench('message', { spuriousInterrupt: { probability: 1 } })
    for (let i = 0; i < 5; i++) {
      device.pollHardware()
      worker.controller.poll(64)
    }
    expect([device.isrCalls, device.connection?.unclaimed, device.consumed]).toEqual([5, 5, 0])
    expect(device.faults.counts.spurious).toBe(5)
  })

  it('a storm of ten times what the worker takes loses no event, and merges interrupts', () => {
    const { worker, device } = bench('message')
    for (let turn = 0; turn < 1000; turn++) {
      for (let i = 0; i < 10; i++) device.produce()
      expect(worker.controller.poll(4)).toBeLessThanOrEqual(4)
      expect(worker.dpcs.poll(1)).toBeLessThanOrEqual(1)
    }
    worker.settle([device])
    expect([device.consumed, device.connection?.raises]).toEqual([10_000, 10_000])
    expect(device.connection?.services).toBeLessThanOrEqual(1001)
  })

  it('is quiet once the device has gone', () => {
    const { worker, device } = bench('message', { lateInterrupt: { probability: 1, delayUs: 30 } })
    device.produce(0)
    device.hardware.quiet()
    worker.settle([device], 1000)
    expect([device.isrCalls, device.hardware.nextUs]).toEqual([0, Infinity])
  })
})
