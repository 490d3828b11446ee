/**
 * Edges: the first positions that every scenario with counters is searched from: the plain one, one step before
 * the sign changes from below, and one step before it changes from above.
 */
export const EDGES: readonly number[] = [0, -1, 2 ** 31 - 1]
