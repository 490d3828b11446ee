/**
 * Brief wait: looks for the answers to what was just sent, for some microseconds: a fast disk has them before the
 * event loop could come round. A wait in vain is not repeated for a while. Runs on: host. HOT.
 */

/** About 30 ns each. */
const LOOKS = 300
const WAITS_TO_SKIP = 15

/** What is looked at. */
export interface Completions {
  hasCompletions(): boolean
}

export class BriefWait {
  #skips = 0

  /** True when something came. */
  hasNews(from: Completions): boolean {
    if (this.#skips > 0) {
      this.#skips--
      return from.hasCompletions()
    }
    for (let looks = 0; looks < LOOKS; looks++) if (from.hasCompletions()) return true
    this.#skips = WAITS_TO_SKIP
    return false
  }
}
