import { describe, expect, it } from 'vitest'
import {
  INTERRUPT_SIGNALS,
  LINE_MASK,
  LINE_RAISED,
  LINE_TAKEN,
  interruptLineWord,
} from '../../../src/abi/interrupt-layout.js'
import {
  InterruptController,
  type InterruptService,
  type Moderation,
  SERVICE_CLAIMED,
  SERVICE_HELD,
  SERVICE_UNCLAIMED,
} from '../../../src/dispatch/interrupt-controller.js'
import { createInterruptBlock, interruptBlockOf } from '../../../src/irp/interrupt-block.js'
import { DOORBELL_EPOCH, DOORBELL_STATE } from '../../../src/abi/doorbell-layout.js'
import { Ringer } from '../../../src/sharedarraybuffer-queue/doorbell.js'

const word = interruptLineWord

class Service implements InterruptService {
  readonly origin = 0
  calls = 0
  answer = SERVICE_CLAIMED
  onCall: () => void = () => {}
  serviceInterrupt(): number {
    this.calls++
    this.onCall()
    return this.answer
  }
}

function bench(lines = 4, moderation: Moderation = {}) {
  const words = interruptBlockOf(createInterruptBlock(lines))
  const thrown: [unknown, unknown][] = []
  const stuck: [unknown, number][] = []
  const wakes = { count: 0 }
  const controller = new InterruptController(
    words,
    {
      serviceThrew: (service, error) => thrown.push([service, error]),
      lineIsStuck: (service, unclaimed) => stuck.push([service, unclaimed]),
      wake: () => {
        wakes.count++
      },
    },
    moderation,
  )
  /** What hardware does. */
  const raise = (line: number): void => {
    words[word(line) + LINE_RAISED] = ((words[word(line) + LINE_RAISED] ?? 0) + 1) | 0
    if (words[word(line) + LINE_MASK] !== 0) return
    words[INTERRUPT_SIGNALS] = ((words[INTERRUPT_SIGNALS] ?? 0) + 1) | 0
  }
  const mask = (line: number): number | undefined => words[word(line) + LINE_MASK]
  const taken = (line: number): number | undefined => words[word(line) + LINE_TAKEN]
  return { words, controller, raise, mask, taken, thrown, stuck, wakes }
}

describe('InterruptController', () => {
  it('services a raised line once, however often it was raised', () => {
    const { controller, raise, taken } = bench()
    const service = new Service()
    const connection = controller.connect(2, service, null)
    expect(controller.poll(10)).toBe(0)
    expect(controller.hasWork()).toBe(false)
    for (let i = 0; i < 5; i++) raise(2)
    expect(controller.hasWork()).toBe(true)
    expect(controller.poll(10)).toBe(1)
    expect([service.calls, taken(2), connection.raises, connection.services]).toEqual([1, 5, 5, 1])
    expect([controller.poll(10), controller.hasWork()]).toEqual([0, false])
  })

  it('delivers what was raised before the line was connected', () => {
    const { controller, raise, words, mask } = bench()
    raise(1)
    expect([words[INTERRUPT_SIGNALS], mask(1)]).toEqual([0, 1])
    const service = new Service()
    controller.connect(1, service, null)
    expect([controller.hasWork(), controller.poll(10), service.calls]).toEqual([true, 1, 1])
  })

  it('a disconnected line only counts, and goes on from there', () => {
    const { controller, raise, mask } = bench()
    const service = new Service()
    const connection = controller.connect(0, service, null)
    controller.disconnect(connection)
    controller.disconnect(connection)
    raise(0)
    expect([mask(0), controller.poll(10), service.calls]).toEqual([1, 0, 0])
    controller.connect(0, service, null)
    expect([controller.poll(10), service.calls]).toEqual([1, 1])
  })

  it('counts on over the wrap of 32 bits', () => {
    const { controller, raise, words, taken } = bench()
    for (const at of [LINE_RAISED, LINE_TAKEN]) words[word(0) + at] = 0x7fff_fffe
    words[INTERRUPT_SIGNALS] = -1
    const service = new Service()
    const connection = controller.connect(0, service, null)
    controller.poll(10)
    for (let i = 0; i < 4; i++) {
      raise(0)
      expect(controller.poll(10)).toBe(1)
    }
    expect([taken(0), connection.raises, service.calls]).toEqual([-0x7fff_fffe, 4, 4])
  })

  it('a successor services what its predecessor did not finish', () => {
    const { words, controller, raise } = bench()
    const dying = new Service()
    dying.onCall = () => {
      // Dies before the end of interrupt.
      words[word(0) + LINE_TAKEN] = 0
    }
    controller.connect(0, dying, null)
    raise(0)
    const successor = new InterruptController(words, {
      serviceThrew: () => {},
      lineIsStuck: () => {},
      wake: () => {},
    })
    const service = new Service()
    successor.connect(0, service, null)
    expect([successor.poll(10), service.calls]).toEqual([1, 1])
  })

  it('keeps to its limit, and lets every line have its turn', () => {
    const { controller, raise } = bench(4)
    const services = [0, 1, 2, 3].map(() => new Service())
    services.forEach((service, line) => controller.connect(line, service, null))
    for (let round = 0; round < 40; round++) {
      for (let line = 0; line < 4; line++) raise(line)
      expect(controller.poll(1)).toBe(1)
      expect(controller.hasWork()).toBe(true)
    }
    expect(services.map(({ calls }) => calls)).toEqual([10, 10, 10, 10])
    while (controller.hasWork()) controller.poll(2)
    expect(services.every(({ calls }) => calls === 11 || calls === 10)).toBe(true)
  })

  it('tells the hardware of a level line the end of interrupt', () => {
    const { controller, raise } = bench()
    const doorbell = new Int32Array(new SharedArrayBuffer(256))
    doorbell[DOORBELL_STATE] = 1
    controller.connect(0, new Service(), new Ringer(doorbell, 0))
    raise(0)
    controller.poll(10)
    expect(doorbell[DOORBELL_EPOCH]).toBe(1)
  })

  it('a service that throws ends its own interrupt, and no other', () => {
    const { controller, raise, thrown, taken } = bench()
    const bad = new Service()
    bad.onCall = () => {
      throw new Error('told to')
    }
    const good = new Service()
    controller.connect(0, bad, null)
    controller.connect(1, good, null)
    raise(0)
    raise(1)
    expect(controller.poll(10)).toBe(2)
    expect(thrown).toEqual([[bad, new Error('told to')]])
    expect([taken(0), taken(1), good.calls, controller.hasWork()]).toEqual([1, 1, 1, false])
  })

  it('a service may disconnect itself and connect another', () => {
    const { controller, raise } = bench()
    const other = new Service()
    const service = new Service()
    const connection = controller.connect(0, service, null)
    service.onCall = () => {
      controller.disconnect(connection)
      controller.connect(1, other, null)
    }
    raise(0)
    raise(1)
    while (controller.hasWork()) controller.poll(10)
    expect([service.calls, other.calls, controller.connections.length]).toEqual([1, 1, 1])
  })
})

describe('moderation', () => {
  it('masks a line that interrupts too often in a turn, polls it once a turn, unmasks it when it is dry', () => {
    const { controller, raise, mask, words } = bench(2, { moderateAfter: 3 })
    const service = new Service()
    let storm = 10
    service.onCall = () => {
      if (storm-- > 0) raise(0)
    }
    const connection = controller.connect(0, service, null)
    raise(0)
    // 3 services, the fourth is one too many.
    expect(controller.poll(100)).toBe(4)
    expect([mask(0), connection.isPolled, connection.moderations]).toEqual([1, true, 1])
    const signals = words[INTERRUPT_SIGNALS]
    const turns: number[] = []
    while (connection.isPolled) turns.push(controller.poll(100))
    // One service a turn; no raise signalled meanwhile.
    expect(turns).toEqual([1, 1, 1, 1, 1, 1, 1, 0])
    expect([service.calls, mask(0), words[INTERRUPT_SIGNALS]]).toEqual([11, 0, signals])
    expect(controller.hasWork()).toBe(false)
    raise(0)
    expect(controller.poll(100)).toBe(1)
  })

  it('a worker with a polled line does not sleep', () => {
    const { controller, raise } = bench(1, { moderateAfter: 0 })
    const connection = controller.connect(0, new Service(), null)
    raise(0)
    controller.poll(10)
    expect([connection.isPolled, controller.hasWork()]).toEqual([true, true])
    controller.poll(10)
    expect([connection.isPolled, controller.hasWork()]).toEqual([false, false])
  })

  it('a storm on one line does not keep another waiting', () => {
    const { controller, raise } = bench(2, { moderateAfter: 4 })
    const loud = new Service()
    loud.onCall = () => raise(0)
    const quiet = new Service()
    controller.connect(0, loud, null)
    controller.connect(1, quiet, null)
    raise(0)
    for (let turn = 0; turn < 50; turn++) {
      raise(1)
      controller.poll(16)
      expect(quiet.calls).toBe(turn + 1)
    }
    // Its first turn in full, then one service a turn.
    expect(loud.calls).toBe(5 + 49)
  })
})

describe('a worker that sleeps on its event loop', () => {
  it('is woken for a line that is connected, and for one that was raised while it was held', () => {
    const { controller, raise, wakes } = bench()
    const service = new Service()
    service.answer = SERVICE_HELD
    const connection = controller.connect(0, service, null)
    expect(wakes.count).toBe(1)
    raise(0)
    controller.poll(10)
    controller.release(connection, true)
    expect(wakes.count).toBe(1)
    raise(0)
    controller.poll(10)
    raise(0)
    controller.release(connection, true)
    expect([wakes.count, controller.hasWork()]).toEqual([2, true])
  })
})

describe('a held line', () => {
  it('is masked until it is released, and looked at once more then', () => {
    const { controller, raise, mask, taken } = bench()
    const service = new Service()
    service.answer = SERVICE_HELD
    const connection = controller.connect(0, service, null)
    raise(0)
    controller.poll(10)
    expect([mask(0), taken(0), controller.hasWork()]).toEqual([1, 0, false])
    raise(0)
    expect([controller.poll(10), service.calls]).toEqual([0, 1])
    controller.release(connection, true)
    expect([mask(0), taken(0), controller.hasWork()]).toEqual([0, 1, true])
    expect([controller.poll(10), service.calls]).toEqual([1, 2])
    controller.release(connection, true)
    controller.release(connection, true)
    expect([connection.services, controller.poll(10), controller.hasWork()]).toEqual([2, 0, false])
  })
})

describe('a stuck line', () => {
  it('is switched off when nobody has claimed it so many times in a row', () => {
    const { controller, raise, stuck, mask } = bench(1, { stuckAfter: 5 })
    const service = new Service()
    const connection = controller.connect(0, service, null)
    for (const [i, answer] of [0, 0, 0, 0, 1, 0, 0, 0, 0].entries()) {
      service.answer = answer
      raise(0)
      expect(controller.poll(10), `interrupt ${i}`).toBe(1)
    }
    expect([stuck, connection.unclaimed]).toEqual([[], 8])
    service.answer = SERVICE_UNCLAIMED
    raise(0)
    controller.poll(10)
    expect(stuck).toEqual([[service, 5]])
    expect([connection.isStuck, mask(0)]).toEqual([true, 1])
    raise(0)
    expect([controller.poll(10), service.calls, controller.hasWork()]).toEqual([0, 10, false])
  })
})
