import { describe, expect, it } from 'vitest'
import {
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_FLUSH_BUFFERS,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
} from '../../../../src/abi/major-function.js'
import { STATUS_IO_DEVICE_ERROR, STATUS_PENDING } from '../../../../src/abi/ntstatus.js'
import type { Request } from '../../../../src/framework/request.js'
import { type FaultRule, FaultRules } from '../../../../src/pairs/filters/fault-rules.js'

const STATUS = STATUS_IO_DEVICE_ERROR
const FAILS = { status: STATUS, delayMs: 0 }

function request(majorFunction: number, deviceOffset = 0, length = 512): Request {
  return { majorFunction, deviceOffset, length } as Request
}

function drawn(seed: number): string {
  const rules = new FaultRules({ rules: [{ status: STATUS, probability: 0.25 }], seed })
  return Array.from({ length: 4000 }, () =>
    rules.decide(request(IRP_MJ_READ)) === null ? '.' : 'x',
  ).join('')
}

const rulesOf = (...rules: FaultRule[]): FaultRules => new FaultRules({ rules })

describe('a rule', () => {
  it.each([
    ['read', IRP_MJ_READ],
    ['write', IRP_MJ_WRITE],
    ['flush', IRP_MJ_FLUSH_BUFFERS],
    ['deviceControl', IRP_MJ_DEVICE_CONTROL],
  ] as const)('on %s hits that and nothing else', (on, major) => {
    const rules = rulesOf({ on, status: STATUS })
    for (const other of [IRP_MJ_READ, IRP_MJ_WRITE, IRP_MJ_FLUSH_BUFFERS, IRP_MJ_DEVICE_CONTROL]) {
      expect(rules.decide(request(other))).toEqual(other === major ? FAILS : null)
    }
  })

  it('of a range hits what touches it, and only reads and writes', () => {
    const rules = rulesOf({ status: STATUS, from: 1024, to: 1536 })
    const hits = [0, 512, 1023, 1024, 1535, 1536].map(
      (offset) => rules.decide(request(IRP_MJ_READ, offset)) !== null,
    )
    expect(hits).toEqual([false, false, true, true, true, false])
    expect(rules.decide(request(IRP_MJ_FLUSH_BUFFERS, 1024))).toBeNull()
  })

  it('lets the first pass, hits so many, and is done', () => {
    const rules = rulesOf({ delayMs: 5, after: 2, count: 3 })
    const hits = Array.from({ length: 7 }, () => rules.decide(request(IRP_MJ_WRITE)) !== null)
    expect(hits).toEqual([false, false, true, true, true, false, false])
  })

  it('of a probability hits that part, the same one for the same seed', () => {
    const hits = drawn(7).split('x').length - 1
    expect(hits).toBeGreaterThan(850)
    expect(hits).toBeLessThan(1150)
    expect(drawn(7)).toBe(drawn(7))
    expect(drawn(7)).not.toBe(drawn(8))
  })

  it('that comes first decides', () => {
    const rules = rulesOf({ on: 'read', delayMs: 9, count: 1 }, { status: STATUS })
    expect(rules.decide(request(IRP_MJ_READ))).toEqual({ status: 0, delayMs: 9 })
    expect(rules.decide(request(IRP_MJ_READ))).toEqual(FAILS)
  })
})

describe('what is no rule is refused by name', () => {
  it.each([
    [{}, 'rule 0: status is undefined; it must be given where there is no delayMs'],
    [{ on: 'erase', status: STATUS }, 'rule 0: on is erase'],
    [{ status: 0 }, 'rule 0: status is 0; it must be an NTSTATUS that is an error'],
    [{ status: STATUS_PENDING }, 'rule 0: status is 259'],
    [{ delayMs: -1 }, 'rule 0: delayMs is -1'],
    [{ delayMs: Number.NaN }, 'rule 0: delayMs is NaN'],
    [{ status: STATUS, probability: 2 }, 'rule 0: probability is 2'],
    [{ status: STATUS, from: -1 }, 'rule 0: from is -1'],
    [{ status: STATUS, from: 5, to: 5 }, 'rule 0: to is 5; it must be more than from'],
    [{ status: STATUS, after: 0.5 }, 'rule 0: after is 0.5'],
    [{ status: STATUS, count: -2 }, 'rule 0: count is -2'],
  ])('%j', (rule, message) => {
    expect(() => new FaultRules({ rules: [rule] })).toThrow(message)
  })

  it('and so are parameters without rules, and a seed that is no whole number', () => {
    expect(() => new FaultRules({})).toThrow(TypeError)
    expect(() => new FaultRules({ rules: [], seed: 0.5 })).toThrow('seed is 0.5')
  })
})
