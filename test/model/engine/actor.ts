/**
 * Actor: a thread of a scenario, as a program whose steps call the shipped source.
 * Runs on: the checker's own thread, again and again, with recorded results.
 *
 * Rules: a program depends on nothing but what the access port returns (no clock, no chance); what it
 * keeps lies in its root, reached by fields, not captured by functions; it lets the suspension through.
 */

/** Goes on with the step of that number; nothing: with the next one. */
export type NextStep = number | void

export interface Actor {
  readonly name: string
  /**
   * The actor may die before any of its accesses. This is what the judge may know of its objects then:
   * deaths that leave equal memory and equal remains are one.
   */
  readonly remains?: (root: never) => unknown
  /** What it has before the search begins: its accesses happen at once, actor after actor. */
  attach(): object
  readonly steps: readonly ((root: never) => NextStep)[]
}

/** An actor with its root's type known to its steps. */
export function actor<Root extends object>(
  name: string,
  attach: () => Root,
  steps: readonly ((root: Root) => NextStep)[],
  remains?: (root: Root) => unknown,
): Actor {
  return { name, attach, steps, ...(remains === undefined ? {} : { remains }) }
}
