/**
 * 64-bit fields: values, and every interleaving of writers and a reader, also when a writer dies. The addend has
 * the same low and high half, so a mixture of two values shows.
 */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { LOCK_FREE, lockOwner, ownerWorker } from '../../../src/abi/lock-layout.js'
import { CELL_CLAIM, CELL_SEQUENCE, CELL_WORDS } from '../../../src/abi/shared-context-layout.js'
import { LOCAL_PARTY, type LockParty } from '../../../src/framework/lock-party.js'
import { Cell64, SharedBigint64, SharedFloat64 } from '../../../src/framework/shared-cell64.js'
import type * as Access from '../../../src/sharedarraybuffer-queue/access.js'
import { load } from '../../../src/sharedarraybuffer-queue/access.js'
import { explore, note, type Exploration, type Scenario } from '../../harness/interleavings.js'

vi.mock('../../../src/sharedarraybuffer-queue/access.js', async (original) => {
  const { steppedAccess } = await import('../../harness/interleavings.js')
  return steppedAccess(await original<typeof Access>())
})

let words: Int32Array
const BASE = 8
beforeEach(() => {
  words = new Int32Array(new SharedArrayBuffer(4 * (BASE + CELL_WORDS + 2)))
})

describe('a float64', () => {
  let field: SharedFloat64
  beforeEach(() => {
    field = new SharedFloat64(new Cell64(words, BASE, LOCAL_PARTY))
  })

  it('starts as 0 and keeps every number', () => {
    expect(field.value).toBe(0)
    for (const value of [1.5, -0, Number.NaN, Infinity, Number.MAX_VALUE, 5e-324, 2 ** 53 - 1]) {
      field.value = value
      expect(field.value).toBe(value)
    }
  })

  it('is read and modified in one step', () => {
    expect([field.add(0.5), field.add(2 ** 40), field.exchange(-1)]).toEqual([
      0,
      0.5,
      2 ** 40 + 0.5,
    ])
    expect([field.compareExchange(1, 2), field.compareExchange(-1, Number.NaN)]).toEqual([-1, -1])
    expect([field.compareExchange(Number.NaN, -0), field.compareExchange(0, 1)]).toEqual([
      Number.NaN,
      -0,
    ])
    expect(field.value).toBe(-0)
  })

  it('touches only its words, and its sequence may come round', () => {
    words[BASE + CELL_SEQUENCE] = -1
    for (let i = 0; i < 3; i++) field.add(1)
    expect(words[BASE + CELL_SEQUENCE]).toBe(2)
    expect(words[BASE + CELL_CLAIM]).toBe(LOCK_FREE)
    expect([...words.subarray(0, BASE), ...words.subarray(BASE + CELL_WORDS)]).toEqual(
      Array.from({ length: BASE + 2 }, () => 0),
    )
  })

  it('refuses a bigint and stays as it was', () => {
    expect(() => field.add(1n as unknown as number)).toThrow(TypeError)
    expect(words[BASE + CELL_CLAIM]).toBe(LOCK_FREE)
    field.value = 3
    expect(field.value).toBe(3)
  })
})

describe('a bigint64', () => {
  it('is read and modified in one step, and wraps round', () => {
    const field = new SharedBigint64(new Cell64(words, BASE, LOCAL_PARTY))
    const most = 2n ** 63n - 1n
    expect([field.value, field.add(most), field.add(1n), field.value]).toEqual([
      0n,
      0n,
      most,
      -(2n ** 63n),
    ])
    field.value = 2n ** 64n + 7n
    expect([field.exchange(-1n), field.compareExchange(5n, 6n)]).toEqual([7n, -1n])
    expect([field.compareExchange(-1n, 9n), field.value]).toEqual([-1n, 9n])
  })

  it('refuses a number and stays as it was', () => {
    const field = new SharedBigint64(new Cell64(words, BASE, LOCAL_PARTY))
    expect(() => field.exchange(1 as unknown as bigint)).toThrow(TypeError)
    expect(words[BASE + CELL_CLAIM]).toBe(LOCK_FREE)
  })
})

/** The model: a cell, and per actor: 0 = alive. */
const CELL = 0
const DEAD = CELL_WORDS
const ADDEND = 2n ** 32n + 1n

function partyOf(model: Int32Array, actor: number): LockParty {
  return {
    owner: lockOwner(actor, 1),
    isAlive: (owner) => load(model, DEAD + ownerWorker(owner)) === 0,
  }
}

function fieldOf(model: Int32Array, actor: number, Cell: typeof Cell64): SharedBigint64 {
  return new SharedBigint64(new Cell(model, CELL, partyOf(model, actor), 0))
}

/** Half of a value, or -1 for a mixture of two. */
function noted(value: bigint): number {
  return value % ADDEND === 0n ? Number(value / ADDEND) : -1
}

const adder = (actor: number, Cell: typeof Cell64) => (model: Int32Array) => {
  fieldOf(model, actor, Cell).add(ADDEND)
}

const writer = (actor: number, values: number[]) => (model: Int32Array) => {
  const field = fieldOf(model, actor, Cell64)
  for (const value of values) field.value = BigInt(value) * ADDEND
}

const reader = (actor: number, times: number) => (model: Int32Array) => {
  const field = fieldOf(model, actor, Cell64)
  for (let i = 0; i < times; i++) note(noted(field.value))
}

/** What the words say in the end. */
function finalOf(state: readonly number[]): number {
  const copy = new Int32Array(new SharedArrayBuffer(4 * state.length))
  copy.set(state)
  return noted(new SharedBigint64(new Cell64(copy, CELL, LOCAL_PARTY)).value)
}

interface Cast {
  readonly actors: Scenario['actors']
  readonly expected: (final: number) => boolean
  readonly rest?: Partial<Scenario>
}

function run({ actors, expected, rest }: Cast): Exploration {
  return explore({
    words: DEAD + actors.length,
    actors,
    ...rest,
    check: (state) => {
      const seen = state.actors.flatMap(({ notes }) => notes)
      if (seen.includes(-1)) return 'torn'
      if (seen.some((value, i) => value < (seen[i - 1] ?? 0))) return 'went back'
      return expected(finalOf(state.words)) ? undefined : 'an addition is lost'
    },
  })
}

const twoAdders = (Cell = Cell64): Cast => ({
  actors: [adder(0, Cell), adder(1, Cell)],
  expected: (final) => final === 2,
})
const writerAndReader = (): Cast => ({
  actors: [writer(0, [1, 2, 3]), reader(1, 2)],
  expected: (final) => final === 3,
})
const dyingWriter = (): Cast => ({
  actors: [adder(0, Cell64), adder(1, Cell64), reader(2, 1)],
  expected: (final) => final === 1 || final === 2,
  rest: {
    mortal: [0],
    afterDeath: (model) => {
      model[DEAD] = 1
    },
    mayTimeOut: ({ actors }) => actors[0]?.status === 'dead',
  },
})

/** The numbers of states and ends are those of the whole search: a smaller one would prove less. */
describe('every interleaving', () => {
  it.each([
    ['two adders: none is lost', twoAdders, [275, 10]],
    ['a writer and a reader: never a mixture, never back', writerAndReader, [7363, 386]],
    ['a writer that dies, another, and a reader', dyingWriter, [9031, 548]],
  ])('of %s', (_who, cast, size) => {
    const { states, ends, faults } = run(cast())
    expect(faults).toEqual([])
    expect([states, ends]).toEqual(size)
  })
})

class Unclaimed extends Cell64 {
  override claim(): void {}
  override unclaim(): void {}
}

describe('a broken protocol is found:', () => {
  it('writers that do not wait for each other', () => {
    expect(run(twoAdders(Unclaimed)).faults).toContain('an addition is lost')
  })

  it('a writer that fills the copy that is valid', () => {
    const wrongCopy: Partial<Scenario> = {
      alter: (actor, { next }, result) =>
        actor === 0 && next?.kind === 'load' && next.index === CELL_SEQUENCE ? result + 1 : result,
    }
    expect(run({ ...writerAndReader(), rest: wrongCopy }).faults).toContain('torn')
  })

  it('a reader that does not look at the sequence again', () => {
    // Each read makes four accesses; the last one is told what the first one was.
    const blind: Partial<Scenario> = {
      alter: (actor, { log }, result) =>
        actor === 1 && log.length % 4 === 3 ? (log.at(-3) ?? result) : result,
    }
    const { faults } = run({ ...writerAndReader(), rest: blind })
    expect(faults).toContain('torn')
  })
})
