/**
 * Edges: the first positions that every scenario with counters is searched from: the plain one, one step before
 * the sign changes from below, and one step before it changes from above.
 */
export const EDGES: readonly number[] = [0, -1, 2 ** 31 - 1]

/** For large scenarios: the start that crosses from the largest number to the smallest. */
export const WRAP: readonly number[] = [2 ** 31 - 1]

/** Also one step before the sequence of a request changes its sign: it is twice the position. */
export const SEQUENCE_EDGES: readonly number[] = [...EDGES, 2 ** 30 - 1]
