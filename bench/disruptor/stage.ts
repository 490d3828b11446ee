/**
 * stage.ts: what a stage of a topology is: it does something with each event, and can tell what came of them all.
 *
 * Runs on: any thread; each stage on one. HOT: `poll` allocates nothing; it does what can be done, publishes
 * once, gives places back once, and answers how many events there were.
 */
export interface Stage {
  /** Events dealt with. */
  readonly events: number
  /** What came of them, int32. */
  readonly result: number
  poll(): number
  /** Whether a poll would find something to do. */
  canWork(): boolean
}

/** Events taken at once. */
export const LIMIT = 1024
