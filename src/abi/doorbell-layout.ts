/**
 * The doorbell: how a thread that has run out of work is woken. An event count with a sleeper flag.
 * Runs on: any thread. Numbers only.
 *
 *   line pair 0   word 0   STATE   sleeper writes (Atomics.store), ringers observe after publishing
 *   line pair 1   word 32  EPOCH   ringers add 1 (Atomics.add) before they notify; the sleeper waits on it
 *
 * Rules: a ringer publishes its work, then loads STATE, and rings only if the sleeper is not RUNNING.
 *        A sleeper loads EPOCH, stores STATE, looks for work once more, and only then waits for EPOCH to
 *        move. The stores and loads are sequentially consistent, so one of the two sees the other.
 */
export const DOORBELL_STATE = 0
export const DOORBELL_EPOCH = 32
export const DOORBELL_WORDS = 64

/** STATE: the thread looks for work by itself; ringing would be waste. */
export const DOORBELL_RUNNING = 0
/** STATE: blocked in Atomics.wait; its event loop stands still. */
export const DOORBELL_PARKED = 1
/** STATE: its event loop runs and an Atomics.waitAsync is pending. */
export const DOORBELL_EVENT_LOOP = 2
