/**
 * Death run: an engine whose one worker can be stopped before any access to shared memory, and books about
 * what its handlers saw and what its host was told. Runs on: the test's own thread; the access port must be mocked
 * with recorded-access.
 *
 * A death takes a picture of the channel before the access, lets the turn end, and puts the picture back: the
 * memory is then as a killed thread leaves it. What the handlers did after the picture is forgotten, too.
 */
import assert from 'node:assert/strict'
import * as nt from '../../src/abi/ntstatus.js'
import { statusName } from '../../src/abi/ntstatus-name.js'
import type { Request } from '../../src/framework/request.js'
import { deviceDriver } from './inline-driver.js'
import { beforeEachAccess, stopRecording } from './recorded-access.js'
import { Requester } from './requester.js'
import { SteppedEngine } from './stepped-engine.js'

/** What a handler does with a request is the tens digit of its number. */
export const COMPLETE = 0
export const THROW = 10
export const HOLD = 20
export const CANCELABLE = 30

const { STATUS_CANCELLED, STATUS_SUCCESS } = nt
/** More than any run needs. */
const MAX_ROUNDS = 1000
const DIED = nt.STATUS_DRIVER_PROCESS_TERMINATED
const THREW = nt.STATUS_DRIVER_INTERNAL_ERROR

let current: DeathRun

function EvtIoDefault(_queue: unknown, request: Request): void {
  current.handle(request)
}

/** Reads go to a sequential queue, writes to a parallel one of limit 2. */
const driver = deviceDriver((device) => {
  device.createIoQueue({ dispatchType: 'sequential', defaultQueue: true, EvtIoDefault })
  const writes = device.createIoQueue({
    dispatchType: 'parallel',
    numberOfPresentedRequests: 2,
    EvtIoDefault,
  })
  device.configureRequestDispatching(writes, 'write')
})

interface Sent {
  readonly number: number
  readonly handle: number
  readonly isRead: boolean
  isCancelled: boolean
  readonly told: number[]
}

export class DeathRun {
  readonly engine: SteppedEngine
  readonly requester: Requester
  readonly sent = new Map<number, Sent>()
  deaths = 0
  isDead = false
  /** Accesses of the worker so far. */
  accesses = 0
  #dieAt = Infinity
  #seen: number[] = []
  #held: Request[] = []
  #cancelable: Request[] = []

  private constructor(engine: SteppedEngine) {
    this.engine = engine
    this.requester = new Requester(engine)
  }

  static async create(slots: number, firstPosition: number): Promise<DeathRun> {
    stopRecording()
    const engine = new SteppedEngine({ slots, bufferBytes: 4096, firstPosition })
    await engine.addDevice(driver)
    current = new DeathRun(engine)
    return current
  }

  /** The worker dies before that access from now on, counted from 0. */
  dieAfter(accesses: number): void {
    this.#dieAt = this.accesses + accesses
  }

  send(kind: 'read' | 'write', ...numbers: number[]): void {
    for (const number of numbers) {
      const handle = this.requester[kind](number, 16, number)
      const isRead = kind === 'read'
      this.sent.set(number, { number, handle, isRead, isCancelled: false, told: [] })
    }
    this.engine.channel.submit()
  }

  cancel(number: number): void {
    const sent = this.sent.get(number)
    if (sent === undefined || sent.told.length > 0) return
    assert.equal(this.engine.channel.cancel(sent.handle), STATUS_SUCCESS)
    sent.isCancelled = true
  }

  /** One turn of the worker. */
  turn(limit = 128): void {
    this.#asWorker(() => this.engine.step(0, limit))
  }

  /** The driver completes what it holds, outside a turn. */
  completeHeld(): void {
    this.#asWorker(() => {
      for (const request of this.#held.splice(0)) request.complete(STATUS_SUCCESS)
      for (const request of this.#cancelable.splice(0)) {
        if (request.unmarkCancelable() === STATUS_SUCCESS) request.complete(STATUS_SUCCESS)
      }
    })
  }

  /** The host takes what there is. */
  tell(): void {
    for (const { context, status } of this.engine.reap()) {
      this.sent.get(context)?.told.push(status)
    }
  }

  async replace(): Promise<void> {
    this.tell()
    await this.engine.replace()
    this.isDead = false
  }

  /** Lets everything come to its end. */
  async finish(): Promise<void> {
    this.#dieAt = Infinity
    if (this.isDead) await this.replace()
    for (let idle = 0, rounds = 0; idle < 2; rounds++) {
      assert.ok(rounds < MAX_ROUNDS, 'the run does not come to its end')
      this.engine.channel.submit()
      this.turn()
      this.completeHeld()
      this.turn()
      this.tell()
      idle = this.engine.framework().outstanding === 0 ? idle + 1 : 0
    }
  }

  /** Every request ended once, as it should; returns how many ended as died without a handler having seen them. */
  check(): number {
    const times = new Map<number, number>()
    for (const number of this.#seen) times.set(number, (times.get(number) ?? 0) + 1)
    let diedUnseen = 0
    for (const { number, isCancelled, told } of this.sent.values()) {
      const seen = times.get(number) ?? 0
      const what = `request ${number}, told ${told.map(statusName).join(' and ')}, seen ${seen}`
      assert.equal(told.length, 1, what)
      assert.ok(seen <= 1, what)
      const tens = Math.floor((number % 100) / 10) * 10
      switch (told[0]) {
        case STATUS_SUCCESS:
          assert.ok(seen === 1 && tens !== THROW, what)
          break
        case THREW:
          assert.ok(seen === 1 && tens === THROW, what)
          break
        case STATUS_CANCELLED:
          assert.ok(isCancelled && (seen === 0 || tens === CANCELABLE), what)
          break
        default:
          assert.equal(told[0], DIED, what)
          if (seen === 0) diedUnseen++
      }
    }
    // FIFO: numbers grow with time, and no handler saw an older one of its queue after a newer one.
    for (const isRead of [true, false]) {
      const order = this.#seen.filter((number) => this.sent.get(number)?.isRead === isRead)
      assert.deepEqual(
        order,
        order.toSorted((a, b) => a - b),
      )
    }
    const { accepted, completed, inFlight, duplicates, lost } = this.engine.channel.ledger()
    const { size } = this.sent
    assert.deepEqual([accepted, completed, inFlight, duplicates, lost], [size, size, 0, 0, 0])
    return diedUnseen
  }

  handle(request: Request): void {
    const number = request.deviceOffset
    this.#seen.push(number)
    switch (Math.floor((number % 100) / 10) * 10) {
      case COMPLETE:
        request.complete(STATUS_SUCCESS)
        break
      case THROW:
        throw new Error('told to')
      case HOLD:
        this.#held.push(request)
        break
      default:
        this.#cancelable.push(request)
        request.markCancelable((same: Request) => {
          this.#cancelable.splice(this.#cancelable.indexOf(same), 1)
          same.complete(STATUS_CANCELLED)
        })
    }
  }

  #asWorker(action: () => void): void {
    let putBack: (() => void) | undefined
    let seen = 0
    beforeEachAccess(this.engine.memory.words, () => {
      if (this.accesses++ !== this.#dieAt) return
      seen = this.#seen.length
      putBack = this.engine.freeze()
    })
    action()
    stopRecording()
    if (putBack === undefined) return
    putBack()
    this.#seen.length = seen
    this.#held = []
    this.#cancelable = []
    this.#dieAt = Infinity
    this.deaths++
    this.isDead = true
    this.engine.kill()
  }
}
