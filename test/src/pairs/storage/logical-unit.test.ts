import { expect, it } from 'vitest'
import {
  HOLD_BUSY,
  HOLD_FROZEN,
  HOLD_LOCKED,
  HOLD_PAUSED,
  LogicalUnit,
} from '../../../../src/pairs/storage/logical-unit.js'
import {
  Srb,
  SRB_FLAGS_BYPASS_FROZEN_QUEUE,
  SRB_FLAGS_BYPASS_LOCKED_QUEUE,
  SRB_HELD,
  SRB_WAITING,
} from '../../../../src/pairs/storage/srb.js'

const unit = () => new LogicalUnit(0, { blockBytes: 512, blockCount: 8, queueDepth: 2 })
const srbs = (count: number) => Array.from({ length: count }, (_, tag) => new Srb(tag))

it('SRBs leave in order, one that was put back before all others', () => {
  const lun = unit()
  const [a, b, c, d] = srbs(4) as [Srb, Srb, Srb, Srb]
  for (const srb of [a, b, c]) lun.append(srb)
  expect([lun.waiting, a.state]).toEqual([3, SRB_WAITING])
  expect(lun.take()).toBe(a)
  expect(a.state).toBe(SRB_HELD)
  lun.putBack(a)
  expect([lun.take(), lun.take(), lun.take()]).toEqual([a, b, c])
  expect([lun.head, lun.waiting]).toEqual([null, 0])
  lun.putBack(d)
  lun.append(a)
  expect([lun.take(), lun.take()]).toEqual([d, a])
})

it.each([0, 1, 2])(
  'number %d can be taken out of the middle, and appending still works',
  (which) => {
    const lun = unit()
    const three = srbs(3)
    for (const srb of three) lun.append(srb)
    expect(lun.remove(({ queueTag }) => queueTag === which)).toBe(three[which])
    expect(lun.remove(({ queueTag }) => queueTag === which)).toBe(null)
    const last = new Srb(9)
    lun.append(last)
    const rest = [lun.take(), lun.take(), lun.take()].map(({ queueTag }) => queueTag)
    expect(rest).toEqual([...[0, 1, 2].filter((tag) => tag !== which), 9])
    expect(lun.waiting).toBe(0)
  },
)

it('starts up to its depth, and nothing while anything holds it', () => {
  const lun = unit()
  expect(lun.mayStart(0)).toBe(true)
  lun.outstanding = 2
  expect(lun.mayStart(SRB_FLAGS_BYPASS_FROZEN_QUEUE | SRB_FLAGS_BYPASS_LOCKED_QUEUE)).toBe(false)
  lun.outstanding = 0
  for (const reason of [HOLD_FROZEN, HOLD_LOCKED, HOLD_PAUSED, HOLD_BUSY]) {
    lun.hold(reason)
    expect(lun.mayStart(0)).toBe(false)
    lun.unhold(reason)
  }
  lun.hold(HOLD_FROZEN)
  expect(lun.mayStart(SRB_FLAGS_BYPASS_FROZEN_QUEUE)).toBe(true)
  expect(lun.mayStart(SRB_FLAGS_BYPASS_LOCKED_QUEUE)).toBe(false)
  lun.hold(HOLD_LOCKED)
  expect(lun.mayStart(SRB_FLAGS_BYPASS_FROZEN_QUEUE)).toBe(false)
  expect(lun.mayStart(SRB_FLAGS_BYPASS_FROZEN_QUEUE | SRB_FLAGS_BYPASS_LOCKED_QUEUE)).toBe(true)
})
