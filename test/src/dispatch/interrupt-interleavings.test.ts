/**
 * E6: whatever hardware and worker do in between each other, what the hardware produced is what the DPC consumed, and
 * the DPC ran at most as often as it was newly queued. First at the granularity of polls, seeded; then access by
 * access: hardware acts before any access of the worker, the worker before any access of the hardware.
 */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { INTERRUPT_SIGNALS } from '../../../src/abi/interrupt-layout.js'
import type { Trigger } from '../../../native-sim/interrupt-line.js'
import { Random } from '../../../native-sim/random.js'
import type { Moderation } from '../../../src/dispatch/interrupt-controller.js'
import {
  createInterruptBlock,
  interruptBlockOf,
  InterruptLines,
} from '../../../src/irp/interrupt-block.js'
import { load } from '../../../src/sharedarraybuffer-queue/access.js'
import { CountingDevice, CountingWorker } from '../../harness/counting-device.js'
import { beforeEachAccess, stopRecording } from '../../harness/recorded-access.js'

vi.mock(import('../../../src/sharedarraybuffer-queue/access.js'), async (original) => {
  const { recordedAccess } = await import('../../harness/recorded-access.js')
  return recordedAccess(await original())
})

beforeEach(stopRecording)

function newWorker(triggers: readonly Trigger[], moderation: Moderation = {}) {
  const block = createInterruptBlock(triggers.length)
  const words = interruptBlockOf(block)
  const lines = new InterruptLines(block, { buffer: new SharedArrayBuffer(512), word: 0 })
  const worker = new CountingWorker(words, moderation)
  const devices = triggers.map((trigger) => {
    const device = new CountingDevice(lines.allocate(), trigger, worker.dpcs)
    device.connectTo(worker.controller)
    return device
  })
  return { words, worker, devices }
}

/** At rest: nothing lost, nothing counted twice, nothing pending. */
function check(devices: readonly CountingDevice[], what: string): void {
  for (const device of devices) {
    const { produced, recorded, consumed, unseen, isPending, dpc, enqueued } = device
    expect([recorded, consumed, unseen, isPending], `${what}:`).toEqual([
      produced,
      produced,
      0,
      false,
    ])
    expect(dpc.runs, `${what}:`).toBeLessThanOrEqual(enqueued)
  }
}

describe('E6, poll by poll', () => {
  it('4,000 seeds of two message and two level devices', () => {
    let isrCalls = 0
    let moderations = 0
    for (let seed = 1; seed <= 4000; seed++) {
      const random = new Random(seed)
      const moderation = { moderateAfter: random.nextBelow(4), stuckAfter: 1000 }
      const triggers = ['message', 'level', 'message', 'level'] as const
      const { worker, devices } = newWorker(triggers, moderation)
      for (let step = 0; step < 60; step++) {
        const device = devices[random.nextBelow(4)] as CountingDevice
        const draw = random.nextBelow(8)
        if (draw < 4) device.produce()
        else if (draw < 5) device.pollHardware()
        else if (draw < 7) worker.controller.poll(1 + random.nextBelow(4))
        else worker.dpcs.poll(1 + random.nextBelow(3))
      }
      worker.settle(devices)
      check(devices, `seed ${seed}`)
      for (const { connection } of devices) {
        isrCalls += connection?.services ?? 0
        moderations += connection?.moderations ?? 0
      }
    }
    // The seeds really went through all of it.
    expect(isrCalls).toBeGreaterThan(20_000)
    expect(moderations).toBeGreaterThan(2000)
  })
})

/** Runs `worker` steps, with `intrude` called before the accesses `at` (counted from 0). Returns the accesses. */
function withIntrusions(
  words: Int32Array,
  at: readonly number[],
  run: () => void,
  intrude: () => void,
): number {
  let accesses = 0
  let isIntruding = false
  beforeEachAccess(words, () => {
    if (isIntruding) return
    const now = accesses++
    if (!at.includes(now)) return
    isIntruding = true
    intrude()
    isIntruding = false
  })
  run()
  stopRecording()
  return accesses
}

/** The scenario: some events, turns that moderate and unmask, then rest. */
function search(
  trigger: Trigger,
  moderateAfter: number,
  breakIt?: (worker: CountingWorker) => void,
) {
  const failures: string[] = []
  let runs = 0
  const runWith = (at: readonly number[], who: 'hardware' | 'worker'): number => {
    const { words, worker, devices } = newWorker([trigger], { moderateAfter })
    breakIt?.(worker)
    const device = devices[0] as CountingDevice
    const workerActs = (): void => {
      for (let turn = 0; turn < 4; turn++) {
        worker.controller.poll(8)
        worker.dpcs.poll(8)
      }
    }
    const hardwareActs = (): void => {
      device.produce()
      device.pollHardware()
      device.produce()
    }
    runs++
    let accesses: number
    if (who === 'hardware') {
      device.produce()
      accesses = withIntrusions(words, at, workerActs, () => device.produce())
    } else {
      worker.controller.poll(8)
      accesses = withIntrusions(words, at, hardwareActs, () => {
        worker.controller.poll(8)
        worker.dpcs.poll(8)
      })
    }
    worker.settle(devices)
    if (device.consumed !== device.produced || device.isPending) {
      failures.push(`${who} before access ${at.join(' and ')}`)
    }
    return accesses
  }
  for (const who of ['hardware', 'worker'] as const) {
    const accesses = runWith([], who)
    for (let first = 0; first < accesses + 8; first++) {
      for (let second = first; second < accesses + 8; second++) runWith([first, second], who)
    }
  }
  return { failures, runs }
}

describe('E6, access by access', () => {
  it.each([
    ['message', 0],
    ['message', 1],
    ['message', 8],
    ['level', 0],
    ['level', 1],
    ['level', 8],
  ] as const)(
    '%s line, moderated after %i: no pair of intrusions loses anything',
    (trigger, after) => {
      const { failures, runs } = search(trigger, after)
      expect(failures).toEqual([])
      expect(runs).toBeGreaterThan(200)
    },
  )

  it('finds a controller that does not look again after unmasking', () => {
    const { failures } = search('message', 0, ({ controller }) => {
      const leavePolling = controller['leavePolling'].bind(controller)
      const serviceLine = controller['serviceLine'].bind(controller)
      controller['leavePolling'] = (connection) => {
        controller['serviceLine'] = () => 0
        leavePolling(connection)
        controller['serviceLine'] = serviceLine
        return 0
      }
    })
    expect(failures).not.toEqual([])
  })

  it('finds a controller that reads the signals after the lines', () => {
    const { failures } = search('message', 8, ({ controller }) => {
      controller['pollSignalled'] = (_signals, limit) => {
        controller['mustLook'] = false
        const done = controller['serviceLines'](0, limit)
        controller['seen'] = load(controller.words, INTERRUPT_SIGNALS)
        return done
      }
    })
    expect(failures).not.toEqual([])
  })
})
