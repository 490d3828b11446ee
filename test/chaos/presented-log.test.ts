import { describe, expect, it } from 'vitest'
import {
  firstNumberOf,
  LATE,
  nameOf,
  offsetOf,
  OUT_OF_ORDER,
  PRESENTED,
  PresentedLog,
  TWICE,
} from './presented-log.js'

const at = (number: number, sender = 4, route = 3) => ({ sender, route, number, behaviour: 0 })

function counts({ words }: PresentedLog): Record<string, number | undefined> {
  return {
    presented: words[PRESENTED],
    twice: words[TWICE],
    outOfOrder: words[OUT_OF_ORDER],
    late: words[LATE],
  }
}

describe('PresentedLog', () => {
  it('counts what comes twice and what comes out of order, and names the first', () => {
    const log = new PresentedLog()
    for (const number of [0, 1, 3, 2, 3]) log.presented(at(number), true)
    expect(counts(log)).toEqual({ presented: 5, twice: 1, outOfOrder: 2, late: 0 })
    expect(log.first).toBe('sender 4, route 3, number 2')
  })

  it('knows senders and routes apart, and asks for no order where there is none', () => {
    const log = new PresentedLog()
    log.presented(at(9), true)
    log.presented(at(8, 5), true)
    log.presented(at(7, 4, 2), true)
    log.presented(at(6), false)
    expect(counts(log)).toEqual({ presented: 4, twice: 0, outOfOrder: 0, late: 0 })
  })

  it.each([1, 300])('calls late what killed sender %i had under way', (deaths) => {
    const log = new PresentedLog()
    const [dead, successor] = [firstNumberOf(deaths - 1), firstNumberOf(deaths)]
    for (const number of [dead, successor, dead + 1, successor + 1]) log.presented(at(number), true)
    expect(counts(log)).toEqual({ presented: 4, twice: 0, outOfOrder: 0, late: 1 })
    log.presented(at(successor + 1), true)
    expect(counts(log)).toMatchObject({ twice: 1, outOfOrder: 1 })
  })

  it('says the name that an offset carries', () => {
    const name = { sender: 11, route: 7, number: firstNumberOf(4000) + 12_345, behaviour: 6 }
    expect(nameOf(offsetOf(name))).toEqual(name)
    expect(Number.isSafeInteger(offsetOf(name))).toBe(true)
  })
})
