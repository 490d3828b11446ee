/**
 * Completion pump: looks after the IRPs of all clients. Runs on: host, on its event loop.
 *
 *   something came lately    look again in the next turn of the event loop
 *   nothing for a while      sleep until a worker rings (each waiting channel by itself)
 *   nothing is out           rest until somebody submits
 */
import type { Channel } from '../index.js'

/** What the pump needs of a transmission. */
export interface PumpMember {
  readonly channel: Channel
  /** Takes what has ended; returns how many. */
  poll(): number
  /** IRPs are out. */
  readonly isWaiting: boolean
}

/** Looking is cheaper than sleeping for about that long. */
const LOOK_MS = 0.1
/** A sleep ends by itself at the latest then; a ring ends it sooner. */
const SLEEP_MS = 1000

export class CompletionPump {
  readonly #members = new Set<PumpMember>()
  readonly #asleep = new Set<PumpMember>()
  readonly #run = (): void => this.#turn()
  #isScheduled = false
  #lastNewsMs = 0

  add(member: PumpMember): void {
    this.#members.add(member)
  }

  remove(member: PumpMember): void {
    this.#members.delete(member)
  }

  /** Somebody submitted. */
  kick(): void {
    this.#lastNewsMs = performance.now()
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(this.#run)
  }

  #turn(): void {
    this.#isScheduled = false
    let count = 0
    let isWaiting = false
    for (const member of this.#members) {
      count += member.poll()
      isWaiting ||= member.isWaiting
    }
    if (!isWaiting) return
    if (count > 0) {
      this.#lastNewsMs = performance.now()
    } else if (performance.now() - this.#lastNewsMs > LOOK_MS) {
      this.#sleep()
      return
    }
    this.#schedule()
  }

  #sleep(): void {
    for (const member of this.#members) {
      if (!member.isWaiting || this.#asleep.has(member)) continue
      this.#asleep.add(member)
      void member.channel.waitAsync(SLEEP_MS).then(() => {
        this.#asleep.delete(member)
        this.kick()
      })
    }
  }
}
