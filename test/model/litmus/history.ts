/**
 * History: what a producer and a consumer of one ring did, with the times of a common clock, and whether some order of
 * the operations explains it: a bounded queue's, in which an operation that ended before another began
 * comes first (linearizability; Wing and Gong's search, with a memory of where it has been).
 * Runs on: any thread.
 */

/** One operation: [start, end, result]. Result of an offer: 1 done, 0 full; of a take: the value, 0 empty. */
export type Operation = readonly [start: number, end: number, result: number]

export interface History {
  readonly capacity: number
  /** Offers of 1, 2, 3 …: a value that was refused is offered again. */
  readonly offers: readonly Operation[]
  readonly takes: readonly Operation[]
}

/** True when the history could have happened on a queue of one thread. */
export function isLinearizable({ capacity, offers, takes }: History): boolean {
  const seen = new Set<number>()
  return explain(0, 0, 0, 0)

  /** Can the rest be explained, with so many done, `entered` values put in and `left` taken out? */
  function explain(offer: number, take: number, entered: number, left: number): boolean {
    if (offer === offers.length && take === takes.length) return true
    const place = offer * (takes.length + 1) + take
    if (seen.has(place)) return false
    seen.add(place)
    const nextOffer = offers[offer]
    const nextTake = takes[take]
    if (nextOffer !== undefined && (nextTake === undefined || nextTake[1] > nextOffer[0])) {
      const isDone = nextOffer[2] === 1
      const isRight = isDone === entered - left < capacity
      if (isRight && explain(offer + 1, take, entered + (isDone ? 1 : 0), left)) return true
    }
    if (nextTake !== undefined && (nextOffer === undefined || nextOffer[1] > nextTake[0])) {
      const expected = entered > left ? left + 1 : 0
      const isRight = nextTake[2] === expected
      if (isRight && explain(offer, take + 1, entered, left + (expected > 0 ? 1 : 0))) return true
    }
    return false
  }
}

/** The same history with one take telling something else: a checker that accepts such ones is blind. */
export function spoil(history: History, choice: number): History {
  const at = choice % history.takes.length
  const takes = history.takes.map((take, i): Operation => {
    if (i !== at) return take
    const [start, end, result] = take
    return [start, end, result === 0 ? choice + 1000 : 0]
  })
  return { ...history, takes }
}
