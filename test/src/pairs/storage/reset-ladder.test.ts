import { beforeEach, describe, expect, it } from 'vitest'
import {
  HOLD_FAILED,
  HOLD_RESETTING,
  LogicalUnit,
} from '../../../../src/pairs/storage/logical-unit.js'
import { ResetLadder, type ResetTarget } from '../../../../src/pairs/storage/reset-ladder.js'
import {
  Srb,
  SRB_FUNCTION_RESET_DEVICE,
  SRB_FUNCTION_RESET_LOGICAL_UNIT,
  SRB_STARTED,
} from '../../../../src/pairs/storage/srb.js'

class FakeTarget implements ResetTarget {
  readonly all = [0, 1].map(
    (lun) => new LogicalUnit(lun, { blockBytes: 512, blockCount: 8, queueDepth: 2 }),
  )
  readonly log: unknown[] = []
  answers: ((released: boolean) => void)[] = []
  busReleases = false

  sendReset(unit: LogicalUnit, srbFunction: number, done: (released: boolean) => void): void {
    this.log.push(['reset', unit.lun, srbFunction])
    this.answers.push(done)
  }
  resetBus(): boolean {
    this.log.push(['bus'])
    return this.busReleases
  }
  endStarted(unit: LogicalUnit, timedOut: number): void {
    this.log.push(['end', unit.lun, timedOut])
  }
  failWaiting(unit: LogicalUnit): void {
    this.log.push(['fail', unit.lun])
  }
  dispatch(unit: LogicalUnit): void {
    this.log.push(['dispatch', unit.lun])
  }
  units(): readonly LogicalUnit[] {
    return this.all
  }
}

function late(tag: number, lun: number): Srb {
  const srb = new Srb(tag)
  srb.reset({} as never, lun, 0, 250)
  srb.state = SRB_STARTED
  return srb
}

describe('a request that does not come back', () => {
  let target: FakeTarget
  let ladder: ResetLadder
  let srb: Srb
  const unit = () => target.all[1] as LogicalUnit
  beforeEach(() => {
    target = new FakeTarget()
    ladder = new ResetLadder(target, 100)
    srb = late(7, 1)
    for (let i = 0; i < 2; i++) ladder.onTick([srb])
    if (target.log.length > 0) throw new Error('too early')
    ladder.onTick([srb])
  })

  it('begins with its unit, which then ends what it had', () => {
    expect(target.log).toEqual([['reset', 1, SRB_FUNCTION_RESET_LOGICAL_UNIT]])
    expect(unit().holds).toBe(HOLD_RESETTING)
    target.answers[0]?.(true)
    expect(target.log.slice(1)).toEqual([
      ['end', 1, 7],
      ['dispatch', 1],
    ])
    expect([unit().holds, ladder.resets]).toEqual([0, 1])
  })

  it('goes up when a level refuses, or says nothing for a tick', () => {
    target.answers[0]?.(false)
    expect(target.log.at(-1)).toEqual(['reset', 1, SRB_FUNCTION_RESET_DEVICE])
    target.busReleases = true
    ladder.onTick([])
    expect(target.log.slice(2)).toEqual([
      ['bus'],
      ['end', 0, 7],
      ['end', 1, 7],
      ['dispatch', 0],
      ['dispatch', 1],
    ])
    // Too late: its level was given up.
    target.answers[1]?.(true)
    expect(target.log).toHaveLength(7)
    expect([ladder.resets, unit().holds]).toEqual([1, 0])
  })

  it('loses its unit when nothing helps', () => {
    target.answers[0]?.(false)
    target.answers[1]?.(false)
    expect(target.log.slice(2)).toEqual([['bus'], ['fail', 1]])
    expect(unit().holds).toBe(HOLD_FAILED)
    ladder.onTick([srb])
    expect([target.log.length, ladder.resets]).toEqual([4, 1])
  })
})

it('requests in time, or without a time-out, are left alone', () => {
  const target = new FakeTarget()
  const ladder = new ResetLadder(target, 100)
  const patient = late(0, 0)
  patient.timeOutMs = 0
  const young = late(2, 0)
  for (let i = 0; i < 50; i++) {
    young.startedTick = ladder.tick
    ladder.onTick([patient, young])
  }
  expect(target.log).toEqual([])
})
