/**
 * Timer limit: what Node's timers can count. Numbers only. Runs on: any thread.
 */

/** Milliseconds. A timer for longer fires at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1
