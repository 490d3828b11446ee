/**
 * longest-park.ts: how long a thread of the benchmark sleeps at most when nobody rings for it.
 *
 * Runs on: any thread.
 *
 * Whoever has work for it rings, so this is a net. It is longer than a tick of any kernel's scheduler (4 to 10 ms): for
 * a shorter sleep the kernel sets the processor's timer, and unsets it when the sleeper is rung, which takes longer than
 * the wake-up itself (interrupt-driven reads with 64 in flight: 1.9 million a second with 1 ms, 2.6 with this).
 */
export const LONGEST_PARK_MS = 20
