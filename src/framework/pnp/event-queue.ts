/**
 * Queue of events of one state machine: 8 places, ordinary events at the tail, priority events at the head.
 * Runs on: the device's home worker. Source: [WDF] fxeventqueue; kmdf.md 6.5.
 * Invariant: a singular event is in the queue once at most; nothing enters a closed or full queue.
 */

/** Places of a KMDF event queue. */
export const EVENT_QUEUE_DEPTH = 8

export type PushResult = 'queued' | 'already there' | 'full' | 'closed'

export class EventQueue<Event extends string> {
  readonly #priority: ReadonlySet<Event>
  readonly #singular: ReadonlySet<Event>
  readonly #events: Event[] = []
  #closed = false

  constructor(priority: readonly Event[], singular: readonly Event[] = []) {
    this.#priority = new Set(priority)
    this.#singular = new Set(singular)
  }

  push(event: Event): PushResult {
    if (this.#closed) return 'closed'
    if (this.#singular.has(event) && this.has(event)) return 'already there'
    if (this.#events.length === EVENT_QUEUE_DEPTH) return 'full'
    if (this.#priority.has(event)) this.#events.unshift(event)
    else this.#events.push(event)
    return 'queued'
  }

  /** Takes the next event: a priority event always, any other one only when the state is open. */
  take(isOpen: boolean): Event | undefined {
    const head = this.#events[0]
    if (head === undefined || !(isOpen || this.#priority.has(head))) return undefined
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
