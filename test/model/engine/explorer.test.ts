/** Explorer: on programs of a few lines it counts what can be counted by hand, and finds what is known to be wrong. */
import { describe, expect, it } from 'vitest'
import { type Actor, actor } from './actor.js'
import { explore, type Verdict } from './explorer.js'
import { must, type Run, type Scenario } from './scenario.js'
import { add, awaitWord, load, notify, read, store, wait, write } from './stepping-access.js'

const X = 0
const Y = 1
const ENDED = 8

type Program = (words: Int32Array) => void

/** Searches programs over a few words; `judge` gets the last values. */
function search(
  programs: readonly Program[],
  judge: (words: readonly number[], asleep: number) => void = () => {},
  options: { deaths?: number; timeouts?: number; mortal?: number } = {},
): Verdict {
  const { mortal = -1, ...budgets } = options
  const begin = (): Run => {
    const words = new Int32Array(new SharedArrayBuffer(64))
    const actors = programs.map((program, i): Actor =>
      actor(`actor ${i}`, () => ({}), [() => program(words)], i === mortal ? () => 0 : undefined),
    )
    return {
      regions: [{ words, name: 'words' }],
      actors,
      ended: words.subarray(ENDED),
      judge: (rests, valueOf) =>
        judge(
          Array.from({ length: 16 }, (_, i) => valueOf(words, i)),
          rests.filter(({ status }) => status === 'asleep').length,
        ),
    }
  }
  const scenario: Scenario<undefined> = { name: 'small', starts: [0], ...budgets, begin }
  return explore(scenario, undefined, 0)
}

const thrice =
  (program: Program): Program =>
  (words) => {
    for (let i = 0; i < 3; i++) program(words)
  }

const storeX = thrice((w) => store(w, X, 1))
const addToX = thrice((w) => add(w, X, 1))
const addToY = thrice((w) => add(w, Y, 1))
const loadX: Program = (w) => void load(w, X)
const addOnce: Program = (w) => void add(w, X, 1)
const addTwice: Program = (w) => {
  add(w, X, 1)
  add(w, X, 1)
}
/** Adds one in two accesses. */
const loadAndStore: Program = (w) => store(w, X, load(w, X) + 1)
const awaitEnd: Program = (w) => void awaitWord(w, ENDED, (ended) => ended === 1)

/** A record and the flag that publishes it. */
const send: Program = (w) => {
  write(w, X, 7)
  store(w, Y, 1)
}
const sendTwice: Program = (w) => {
  send(w)
  write(w, X, 7)
}
const readAtOnce: Program = (w) => void read(w, X)
const readIfSent: Program = (w) => {
  if (load(w, Y) === 1) must('content', read(w, X) === 7, 'stale')
}
/** A word that is written plainly before it is handed over, and with Atomics after. */
const prepareAndSend: Program = (w) => {
  write(w, X, 1)
  store(w, X, 2)
}
const sendAndPrepare: Program = (w) => {
  store(w, X, 2)
  write(w, X, 1)
}
const storeOnce: Program = (w) => store(w, X, 3)
const awaitAndLoad: Program = (w) => {
  awaitWord(w, Y, (sent) => sent === 1)
  load(w, X)
}
const sendMixed: Program = (w) => {
  write(w, X, 7)
  store(w, Y, 1)
  store(w, X, 8)
}
const writeAndWake: Program = (w) => {
  write(w, X, 7)
  notify(w, Y)
}
const sleepAndRead: Program = (w) => {
  wait(w, Y, 0, 50)
  read(w, X)
}
const sleepUnlessSet: Program = (w) => {
  if (load(w, X) === 0) wait(w, Y, 0, 50)
}
const setAndWake: Program = (w) => {
  store(w, X, 1)
  notify(w, Y)
}

function mustBeTwo(words: readonly number[]): void {
  must('lost', words[X] === 2, `the sum is ${words[X]}`)
}

function mustBeAwake(_words: readonly number[], asleep: number): void {
  must('lost wake-up', asleep === 0, 'asleep')
}

describe('counts', () => {
  it('all orders of two threads with three accesses each: 6 over 3, on a grid of 4 by 4', () => {
    const verdict = search([storeX, storeX])
    expect(verdict).toMatchObject({ interleavings: 20, states: 16, transitions: 25, ends: 1 })
  })

  it('all orders of three threads with two: 6! / (2! 2! 2!)', () => {
    expect(search([addTwice, addTwice, addTwice]).interleavings).toBe(90)
  })

  it('no orders of accesses that nobody else can see', () => {
    expect(search([addToX, addToY])).toMatchObject({ interleavings: 1, states: 1 })
  })

  it('a death before each access, and none after the last', () => {
    const lasts = new Set<number>()
    const judge = (words: readonly number[]): void => void lasts.add(words[X] as number)
    search([addToX, awaitEnd, loadX], judge, { deaths: 1, mortal: 0 })
    expect([...lasts].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3])
  })
})

describe('finds', () => {
  it('a lost update', () => {
    expect(search([loadAndStore, loadAndStore], mustBeTwo).fault).toBe('lost')
    expect(search([addOnce, addOnce], mustBeTwo).fault).toBeUndefined()
  })

  it('a data race of a plain access with an Atomic one, and none of two Atomics, on the same word', () => {
    expect(search([sendMixed, awaitAndLoad]).fault).toBeUndefined()
    expect(search([sendMixed, awaitAndLoad, awaitAndLoad]).fault).toBeUndefined()
    expect(search([prepareAndSend, loadX]).fault).toBe('race')
    expect(search([sendAndPrepare, loadX]).fault).toBe('race')
    expect(search([storeOnce, readAtOnce]).fault).toBe('race')
    expect(search([prepareAndSend, storeOnce]).fault).toBe('race')
    expect(search([storeOnce, loadX]).fault).toBeUndefined()
  })

  it('a data race, and none where a store and a load order the two', () => {
    expect(search([send, readAtOnce]).fault).toBe('race')
    expect(search([send, readIfSent]).fault).toBeUndefined()
  })

  it('no order in a wake-up alone', () => {
    expect(search([writeAndWake, sleepAndRead]).fault).toBe('race')
  })

  it('a sleeper whom nobody wakes, unless its time-out does', () => {
    expect(search([sleepUnlessSet, setAndWake], mustBeAwake).fault).toBe('lost wake-up')
    const { fault } = search([sleepUnlessSet, setAndWake], mustBeAwake, { timeouts: 1 })
    expect(fault).toBeUndefined()
  })

  it('a write to what a reader has not given free', () => {
    expect(search([readIfSent, sendTwice]).fault).toBe('race')
  })

  it('how it came to that, move by move', () => {
    const { trace } = search([loadAndStore, loadAndStore], mustBeTwo)
    expect(trace).toContain('actor 1 does store words[0] 1')
  })
})
