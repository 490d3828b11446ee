/**
 * Callback place: the word in which a worker says which driver callback it is in. Runs on: worker.
 *
 * Plain writes: main reads the word only when the thread has been silent for long, or has ended, and all that hangs
 * on it is a name. Only what is on the stack counts: a callback whose promise has not settled is in no place.
 * Request handlers are not in it either: their presented marks tell (manager/hung-callback).
 */
import { write as sharedWrite } from '../sharedarraybuffer-queue/access.js'

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const write = sharedWrite

export class CallbackPlace {
  /** Where the worker is now; callback-names says what the number means. */
  current = 0
  private readonly words: Int32Array
  private readonly at: number

  /** Without memory nobody looks. */
  constructor(words: Int32Array = new Int32Array(1), at = 0) {
    this.words = words
    this.at = at
    this.enter(0)
  }

  /** Calls a driver there. Not for a hot path: its call site sees every callback. */
  run<Argument, Result>(
    place: number,
    callback: (argument: Argument) => Result,
    argument: Argument,
  ): Result {
    const before = this.enter(place)
    try {
      return callback(argument)
    } finally {
      this.enter(before)
    }
  }

  /** The worker is about to call the driver there. Returns where it was, to go back to. */
  enter(place: number): number {
    const before = this.current
    this.current = place
    write(this.words, this.at, place)
    return before
  }
}
