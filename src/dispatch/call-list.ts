/**
 * Call list: calls that wait for their turn, each at most once, first come first served. The links lie in the
 * calls themselves, so that queueing allocates nothing.
 * Runs on: the one worker that the list belongs to. HOT.
 *
 * Invariant: `isQueued` says exactly whether a call is in the list; `length` is how many are.
 */
export class QueuedCall {
  /** The driver callback that it ends in, as a place (abi/callback-names); 0: none. Who says what failed needs it. */
  readonly origin: number
  isQueued = false
  next: QueuedCall | null = null
  previous: QueuedCall | null = null

  constructor(origin = 0) {
    this.origin = origin
  }
}

export class CallList {
  head: QueuedCall | null = null
  private tail: QueuedCall | null = null
  length = 0

  /** False if the call waits already. */
  append(call: QueuedCall): boolean {
    if (call.isQueued) return false
    const tail = this.tail
    call.isQueued = true
    call.previous = tail
    if (tail === null) this.head = call
    else tail.next = call
    this.tail = call
    this.length++
    return true
  }

  /** Takes a call out, wherever it stands. False if it was not waiting. */
  remove(call: QueuedCall): boolean {
    if (!call.isQueued) return false
    const { previous, next } = call
    if (previous === null) this.head = next
    else previous.next = next
    if (next === null) this.tail = previous
    else next.previous = previous
    call.isQueued = false
    call.previous = null
    call.next = null
    this.length--
    return true
  }
}
