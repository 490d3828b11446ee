/**
 * Queue of events of one state machine: 8 places for ordinary events, at its tail; priority events enter at the
 * head, always. Runs on: the device's home worker. Source: [WDF] fxeventqueue; kmdf.md 6.5.
 * Invariant: a singular event is in the queue once at most; nothing enters a closed queue.
 *
 * Eight are enough. Policy: one of start, stop and remove, one system power event, and once each I/O present,
 * time-out, settings, power required and not required. Power: one device power request, one start or stop, arrival
 * and end of a wait-wake request, the two marks. PnP: one request, and what the other machines report once each.
 * A priority event is the answer that another machine waits for: refusing one would stop the device for ever.
 */

/** Places for ordinary events. */
export const EVENT_QUEUE_DEPTH = 8

export type PushResult = 'queued' | 'already there' | 'full' | 'closed'

const NONE: ReadonlySet<never> = new Set()

export class EventQueue<Event extends string> {
  readonly #priority: ReadonlySet<Event>
  readonly #singular: ReadonlySet<Event>
  readonly #events: Event[] = []
  #priorityCount = 0
  #closed = false

  constructor(priority: ReadonlySet<Event>, singular: ReadonlySet<Event> = NONE) {
    this.#priority = priority
    this.#singular = singular
  }

  push(event: Event): PushResult {
    if (this.#closed) return 'closed'
    if (this.#singular.has(event) && this.has(event)) return 'already there'
    if (this.#priority.has(event)) {
      this.#events.unshift(event)
      this.#priorityCount++
      return 'queued'
    }
    if (this.#events.length - this.#priorityCount === EVENT_QUEUE_DEPTH) return 'full'
    this.#events.push(event)
    return 'queued'
  }

  /** Takes the next event: a priority event always, any other one only when the state is open. */
  take(isOpen: boolean): Event | undefined {
    const head = this.#events[0]
    if (head === undefined) return undefined
    if (this.#priority.has(head)) this.#priorityCount--
    else if (!isOpen) return undefined
    return this.#events.shift()
  }

  has(event: Event): boolean {
    return this.#events.includes(event)
  }

  get length(): number {
    return this.#events.length
  }

  /** Takes no event any more; what is in it stays to be taken. */
  close(): void {
    this.#closed = true
  }
}
