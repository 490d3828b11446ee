/**
 * Interrupt controller: a worker's end of its interrupt lines. Finds the pending ones, has each serviced,
 * says that it was, and moderates the lines that interrupt too often. Layout and rules: abi/interrupt-layout.
 * Runs on: worker, first thing of a turn (DIRQL). HOT.
 *
 *   NORMAL ──more than `moderateAfter` services in one turn──► POLLED (masked: the hardware rings no more)
 *     ▲                                                          │ one service a turn
 *     └──────────────── a turn found nothing pending ────────────┘ unmask, look once more
 *   HELD: being serviced at passive level; masked until `release`.   STUCK: nobody claims it; masked for good.
 *
 * Invariants: one load when nothing is pending and nothing is polled. A raise is serviced after it was
 * made, whatever masking happened in between: unmasking looks again. A service that throws ends its own
 * interrupt and nothing else.
 */
import {
  INTERRUPT_SIGNALS,
  LINE_MASK,
  LINE_RAISED,
  LINE_TAKEN,
  interruptLineWord,
} from '../abi/interrupt-layout.js'
import { load as sharedLoad, store as sharedStore } from '../sharedarraybuffer-queue/access.js'
import type { Ringer } from '../sharedarraybuffer-queue/doorbell.js'

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const load = sharedLoad
const store = sharedStore
const SIGNALS = INTERRUPT_SIGNALS
const RAISED = LINE_RAISED
const TAKEN = LINE_TAKEN
const MASK = LINE_MASK

/** A service's answer: not my device. */
export const SERVICE_UNCLAIMED = 0
/** A service's answer: done. */
export const SERVICE_CLAIMED = 1
/** A service's answer: I go on at passive level, and call `release` when I am through. */
export const SERVICE_HELD = 2

const NORMAL = 0
const POLLED = 1
const HELD = 2
const STUCK = 3

/** What a line calls: the framework's interrupt object. */
export interface InterruptService {
  /** The driver callback that it calls, as a place (abi/callback-names); 0: none. */
  readonly origin: number
  /** @returns SERVICE_UNCLAIMED, SERVICE_CLAIMED or SERVICE_HELD. */
  serviceInterrupt(): number
}

/** What the controller cannot decide. */
export interface InterruptHooks {
  serviceThrew(service: InterruptService, error: unknown): void
  /** That many services in a row were unclaimed: the line is masked and polled no more. */
  lineIsStuck(service: InterruptService, unclaimed: number): void
  /** There is something to look at that no hardware rings for: have a turn soon. */
  wake(): void
}

export interface Moderation {
  /** Services of one line in one turn before it is masked and polled. Default 8. */
  readonly moderateAfter?: number
  /** Unclaimed services in a row before a line counts as stuck. Default 1000. */
  readonly stuckAfter?: number
}

/** A connected line: the worker's private books about it. */
export class InterruptConnection {
  readonly line: number
  readonly word: number
  readonly service: InterruptService
  /** Of a level line: its hardware waits for the end of interrupt. */
  readonly hardware: Ringer | null
  /** RAISED as it was serviced last. */
  taken: number
  /** RAISED as the service in progress saw it. */
  pending: number
  mode = NORMAL
  turn = 0
  servicedInTurn = 0
  unclaimedInARow = 0
  // Counts, running free in 32 bits.
  raises = 0
  services = 0
  unclaimed = 0
  moderations = 0

  constructor(line: number, service: InterruptService, hardware: Ringer | null, taken: number) {
    this.line = line
    this.word = interruptLineWord(line)
    this.service = service
    this.hardware = hardware
    this.taken = taken
    this.pending = taken
  }

  get isStuck(): boolean {
    return this.mode === STUCK
  }

  get isPolled(): boolean {
    return this.mode === POLLED
  }
}

export class InterruptController {
  readonly words: Int32Array
  readonly connections: InterruptConnection[] = []
  private readonly hooks: InterruptHooks
  private readonly moderateAfter: number
  private readonly stuckAfter: number
  /** SIGNALS as the last poll saw it. */
  private seen: number
  /** Lines that are masked and polled. */
  private polled = 0
  /** The last poll ran into its limit, or a line was connected: look again whatever SIGNALS says. */
  private mustLook = false
  private turn = 0
  /** Line that the next pass begins with, so that a low limit starves nobody. */
  private first = 0

  /** @param words an interrupt block (irp/interrupt-block). */
  constructor(words: Int32Array, hooks: InterruptHooks, moderation: Moderation = {}) {
    this.words = words
    this.hooks = hooks
    this.moderateAfter = moderation.moderateAfter ?? 8
    this.stuckAfter = moderation.stuckAfter ?? 1000
    this.seen = load(words, SIGNALS)
  }

  /** Starts to service a line; what was raised before counts. `hardware`: whom a level line tells its end. */
  connect(line: number, service: InterruptService, hardware: Ringer | null): InterruptConnection {
    const word = interruptLineWord(line)
    const connection = new InterruptConnection(
      line,
      service,
      hardware,
      load(this.words, word + TAKEN),
    )
    this.connections.push(connection)
    store(this.words, word + MASK, 0)
    this.lookSoon()
    return connection
  }

  /** Stops servicing a line: masked, it only counts. */
  disconnect(connection: InterruptConnection): void {
    const at = this.connections.indexOf(connection)
    if (at < 0) return
    store(this.words, connection.word + MASK, 1)
    if (connection.mode === POLLED) this.polled--
    connection.mode = STUCK
    this.connections.splice(at, 1)
  }

  /** Services pending lines, at most `limit` services; returns how many. */
  poll(limit: number): number {
    const signals = load(this.words, SIGNALS)
    if (signals === this.seen && this.polled === 0 && this.mustLook === false) return 0
    return this.pollSignalled(signals, limit)
  }

  /** True when a poll might find something; asked before the worker sleeps. */
  hasWork(): boolean {
    return this.mustLook || this.polled !== 0 || load(this.words, SIGNALS) !== this.seen
  }

  /** The end of a service that answered SERVICE_HELD. */
  release(connection: InterruptConnection, isClaimed: boolean): void {
    if (connection.mode !== HELD) return
    connection.mode = NORMAL
    this.endOfInterrupt(connection, isClaimed ? SERVICE_CLAIMED : SERVICE_UNCLAIMED)
    if (connection.mode !== NORMAL) return
    store(this.words, connection.word + MASK, 0)
    if (load(this.words, connection.word + RAISED) !== connection.taken) this.lookSoon()
  }

  /** Lines are connected and released outside of turns too, while the worker sleeps on its event loop. */
  private lookSoon(): void {
    this.mustLook = true
    this.hooks.wake()
  }

  private pollSignalled(firstSignals: number, limit: number): number {
    let signals = firstSignals
    let done = 0
    this.turn = (this.turn + 1) | 0
    this.mustLook = false
    do {
      this.seen = signals
      const before = done
      done = this.serviceLines(done, limit)
      if (done >= limit) this.mustLook = true
      if (done === before || done >= limit) break
      signals = load(this.words, SIGNALS)
    } while (signals !== this.seen)
    return done
  }

  /** Every line once, from `first` on. Returns `done` with the services added. */
  private serviceLines(done: number, limit: number): number {
    const { connections } = this
    const count = connections.length
    if (count === 0) return done
    let at = this.first < count ? this.first : 0
    this.first = at + 1
    let left = count
    while (left > 0 && done < limit) {
      let connection = connections[at] as InterruptConnection
      try {
        while (left > 0 && done < limit) {
          connection = connections[at] as InterruptConnection
          left--
          at = at + 1 < count ? at + 1 : 0
          done += this.serviceLine(connection)
        }
      } catch (error) {
        done++
        if (connection.mode < HELD) this.endOfInterrupt(connection, SERVICE_UNCLAIMED)
        this.hooks.serviceThrew(connection.service, error)
      }
      // A service may have disconnected lines.
      if (connections.length !== count) break
    }
    return done
  }

  /** Returns 1 when there was something pending, else 0. */
  private serviceLine(connection: InterruptConnection): number {
    if (connection.mode >= HELD) return 0
    if (connection.turn !== this.turn) {
      connection.turn = this.turn
      connection.servicedInTurn = 0
    } else if (connection.mode === POLLED && connection.servicedInTurn !== 0) {
      return 0
    }
    const raised = load(this.words, connection.word + RAISED)
    if (raised === connection.taken) {
      return connection.mode === POLLED ? this.leavePolling(connection) : 0
    }
    connection.pending = raised
    connection.servicedInTurn++
    const answer = connection.service.serviceInterrupt()
    if (connection.mode === STUCK) return 1
    if (answer === SERVICE_HELD) this.hold(connection)
    else this.endOfInterrupt(connection, answer)
    if (connection.mode === NORMAL && connection.servicedInTurn > this.moderateAfter) {
      this.enterPolling(connection)
    }
    return 1
  }

  private enterPolling(connection: InterruptConnection): void {
    store(this.words, connection.word + MASK, 1)
    connection.mode = POLLED
    connection.moderations = (connection.moderations + 1) | 0
    this.polled++
  }

  /** Dry: unmask, and look once more, for a raise that still saw the mask. */
  private leavePolling(connection: InterruptConnection): number {
    connection.mode = NORMAL
    this.polled--
    store(this.words, connection.word + MASK, 0)
    return this.serviceLine(connection)
  }

  private hold(connection: InterruptConnection): void {
    store(this.words, connection.word + MASK, 1)
    if (connection.mode === POLLED) this.polled--
    connection.mode = HELD
  }

  private endOfInterrupt(connection: InterruptConnection, answer: number): void {
    const { pending } = connection
    connection.raises = (connection.raises + (pending - connection.taken)) | 0
    connection.services = (connection.services + 1) | 0
    connection.taken = pending
    store(this.words, connection.word + TAKEN, pending)
    if (connection.hardware !== null) connection.hardware.ring()
    if (answer === SERVICE_CLAIMED) {
      connection.unclaimedInARow = 0
      return
    }
    connection.unclaimed = (connection.unclaimed + 1) | 0
    if (++connection.unclaimedInARow >= this.stuckAfter) this.giveUp(connection)
  }

  private giveUp(connection: InterruptConnection): void {
    store(this.words, connection.word + MASK, 1)
    if (connection.mode === POLLED) this.polled--
    connection.mode = STUCK
    this.hooks.lineIsStuck(connection.service, connection.unclaimedInARow)
  }
}
