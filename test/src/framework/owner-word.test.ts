/**
 * The owner word: its outcomes one by one, and the protocol through every interleaving of two and three threads,
 * with one of them dying at each point. Mutants show that the exploration would find a broken one.
 */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { LOCK_CONTENDED, LOCK_FREE, lockOwner, ownerWorker } from '../../../src/abi/lock-layout.js'
import type { LockParty } from '../../../src/framework/lock-party.js'
import {
  HELD_BY_SELF,
  OwnerWord,
  TIMED_OUT,
  TOOK,
  TOOK_FROM_DEAD,
} from '../../../src/framework/owner-word.js'
import type * as Access from '../../../src/sharedarraybuffer-queue/access.js'
import { load, notify, read, store, write } from '../../../src/sharedarraybuffer-queue/access.js'
import { explore, note, type Exploration, type State } from '../../harness/interleavings.js'

vi.mock('../../../src/sharedarraybuffer-queue/access.js', async (original) => {
  const { steppedAccess } = await import('../../harness/interleavings.js')
  return steppedAccess(await original<typeof Access>())
})

/** Words of the model: the owner word, what it guards, and per actor: 0 = alive. */
const OWNER = 0
const DATA = 1
const DEAD = 2

function partyOf(words: Int32Array, actor: number): LockParty {
  return {
    owner: lockOwner(actor, 1),
    isAlive: (owner) => load(words, DEAD + ownerWorker(owner)) === 0,
  }
}

describe('one thread after the other', () => {
  let words: Int32Array
  let mine: OwnerWord
  let other: OwnerWord
  beforeEach(() => {
    words = new Int32Array(new SharedArrayBuffer(32))
    mine = new OwnerWord(words, OWNER, partyOf(words, 0), 4)
    other = new OwnerWord(words, OWNER, partyOf(words, 1), 4)
  })

  it('is taken and given back', () => {
    expect(mine.take(Infinity)).toBe(TOOK)
    expect(words[OWNER]).toBe(lockOwner(0, 1))
    expect(mine.give()).toBe(true)
    expect(words[OWNER]).toBe(LOCK_FREE)
    expect(other.tryTake()).toBe(TOOK)
  })

  it('says so when this thread holds it already', () => {
    mine.take(Infinity)
    expect([mine.take(Infinity), mine.take(0), mine.tryTake()]).toEqual([
      HELD_BY_SELF,
      HELD_BY_SELF,
      HELD_BY_SELF,
    ])
    expect(mine.give()).toBe(true)
  })

  it('times out, and leaves a mark that costs its owner one notify', () => {
    other.take(Infinity)
    expect(mine.tryTake()).toBe(TIMED_OUT)
    expect(mine.take(0)).toBe(TIMED_OUT)
    expect(words[OWNER]).toBe(lockOwner(1, 1))
    expect(mine.take(3)).toBe(TIMED_OUT)
    expect(words[OWNER]).toBe(lockOwner(1, 1) | LOCK_CONTENDED)
    expect(other.give()).toBe(true)
    expect(words[OWNER]).toBe(LOCK_FREE)
  })

  it('is not given back by who does not hold it', () => {
    expect(mine.give()).toBe(false)
    other.take(Infinity)
    expect(mine.give()).toBe(false)
    expect(words[OWNER]).toBe(lockOwner(1, 1))
  })

  it('is taken from a dead owner, with the mark of its sleepers, and that owner is named', () => {
    other.take(Infinity)
    expect(mine.take(3)).toBe(TIMED_OUT)
    words[DEAD + 1] = 1
    expect(mine.take(Infinity)).toBe(TOOK_FROM_DEAD)
    expect(words[OWNER]).toBe(lockOwner(0, 1) | LOCK_CONTENDED)
    expect(mine.deadOwner).toBe(lockOwner(1, 1))
    expect(mine.give()).toBe(true)
    expect(mine.take(0)).toBe(TOOK)
  })

  it('has nothing to wait for once it is free', () => {
    expect(mine.announceSleeper()).toBe(LOCK_FREE)
    other.take(Infinity)
    expect(mine.announceSleeper()).toBe(lockOwner(1, 1) | LOCK_CONTENDED)
    expect(mine.announceSleeper()).toBe(lockOwner(1, 1) | LOCK_CONTENDED)
  })
})

/** Note of an actor that took the word from a dead one. */
const RECOVERED = 1

/** Takes the word, adds 1 to what it guards, plainly, gives it back. */
function turns(Word: typeof OwnerWord, actor: number, count: number, spins = 0) {
  return (words: Int32Array): void => {
    const word = new Word(words, OWNER, partyOf(words, actor), spins)
    for (let i = 0; i < count; i++) {
      if (word.take(Infinity) === TOOK_FROM_DEAD) note(RECOVERED)
      write(words, DATA, read(words, DATA) + 1)
      word.give()
    }
  }
}

/** All `turnCounts` are had, or there is a fault. */
function run(turnCounts: readonly number[], Word = OwnerWord, spins = 0): Exploration {
  const total = turnCounts.reduce((sum, count) => sum + count)
  return explore({
    words: DEAD + turnCounts.length,
    actors: turnCounts.map((count, actor) => turns(Word, actor, count, spins)),
    check: ({ words }) => {
      if (words[DATA] !== total) return 'an addition is lost'
      return words[OWNER] === LOCK_FREE ? undefined : 'it is never free again'
    },
  })
}

/** Actor 0 dies at any point; the others must have their turns. */
function runWithDeath(others: number, Word = OwnerWord): Exploration {
  return explore({
    words: DEAD + others + 1,
    actors: Array.from({ length: others + 1 }, (_, actor) => turns(Word, actor, 1)),
    mortal: [0],
    afterDeath: (words) => {
      words[DEAD] = 1
    },
    // The net may be what wakes a sleeper only if the dead one owns the word, or died before its notify.
    mayTimeOut: ({ words, actors }) => {
      const [dead] = actors
      return dead?.status === 'dead' && (isDeadOwners(words) || dead.next?.kind === 'notify')
    },
    check: (state) => faultAfterDeath(state, others),
  })
}

function isDeadOwners(words: readonly number[]): boolean {
  return ((words[OWNER] as number) & ~LOCK_CONTENDED) === lockOwner(0, 1)
}

function faultAfterDeath({ words, actors }: State, others: number): string | undefined {
  const recoveries = actors.reduce((sum, { notes }) => sum + notes.length, 0)
  // Who died as the last one to hold it leaves it to whoever comes next.
  if (words[OWNER] !== LOCK_FREE && !isDeadOwners(words)) return 'it is never free again'
  if ((words[DATA] as number) < others) return 'an addition is lost'
  if (recoveries > 1) return 'recovered twice'
  return undefined
}

/** The numbers of states and ends are those of the whole search: a smaller one would prove less. */
describe('every interleaving', () => {
  it('of two threads with two turns each: one owner at a time, nobody is left asleep', () => {
    const { states, ends, faults } = run([2, 2])
    expect(faults).toEqual([])
    expect([states, ends]).toEqual([6051, 430])
  })

  it('of two threads that look twice before they sleep', () => {
    const { states, ends, faults } = run([1, 1], OwnerWord, 2)
    expect(faults).toEqual([])
    expect([states, ends]).toEqual([155, 14])
  })

  it('of three threads', () => {
    const { states, ends, faults } = run([1, 1, 1])
    expect(faults).toEqual([])
    expect([states, ends]).toEqual([38011, 1626])
  })

  it('of two threads, one of which dies: the other takes over', () => {
    const { states, ends, faults } = runWithDeath(1)
    expect(faults).toEqual([])
    expect([states, ends]).toEqual([254, 43])
  })

  it('of three threads, one of which dies: one takes over, both have their turn', () => {
    const { states, ends, faults } = runWithDeath(2)
    expect(faults).toEqual([])
    expect([states, ends]).toEqual([77644, 6830])
  })
})

class NobodyWoken extends OwnerWord {
  protected override wakeSleepers(): void {}
}

class UnannouncedSleeper extends OwnerWord {
  override announceSleeper(): number {
    return load(this.words, this.index)
  }
}

class WakesBeforeFree extends OwnerWord {
  override give(): boolean {
    notify(this.words, this.index)
    store(this.words, this.index, LOCK_FREE)
    return true
  }
}

class RecoversWithoutCompare extends OwnerWord {
  protected override replaceDead(seen: number): boolean {
    store(this.words, this.index, this.party.owner | (seen & LOCK_CONTENDED))
    return true
  }
}

class ForgetsSleepers extends OwnerWord {
  protected override replaceDead(seen: number): boolean {
    return super.replaceDead(seen & ~LOCK_CONTENDED) || this.#replaceContended(seen)
  }

  #replaceContended(seen: number): boolean {
    if (!super.replaceDead(seen)) return false
    store(this.words, this.index, this.party.owner)
    return true
  }
}

describe('a broken protocol is found:', () => {
  it.each([
    ['release wakes nobody', NobodyWoken, 'a sleeper is left'],
    ['a sleeper does not say so', UnannouncedSleeper, 'a sleeper is left'],
    ['sleepers are woken before the word is free', WakesBeforeFree, 'a sleeper is left'],
  ])('%s', (_what, Word, fault) => {
    expect(run([2, 2], Word).faults).toContain(fault)
  })

  it.each([
    ['a dead owner is replaced without comparing', RecoversWithoutCompare, 'race at word 1'],
    ['recovery forgets who sleeps', ForgetsSleepers, 'a sleeper is left'],
  ])('%s', (_what, Word, fault) => {
    expect(runWithDeath(2, Word).faults).toContain(fault)
  })
})
