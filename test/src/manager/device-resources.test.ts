import { describe, expect, it } from 'vitest'
import { engineBytes } from '../../../src/abi/engine-layout.js'
import {
  checkLines,
  checkResources,
  type ResourceOwner,
} from '../../../src/manager/device-resources.js'
import { EngineError } from '../../../src/manager/errors.js'
import { WorkerLines } from '../../../src/manager/worker-lines.js'

const lines = new WorkerLines(2, new SharedArrayBuffer(engineBytes(2)))
const bar = new SharedArrayBuffer(64)

function interruptsOf(worker: number, count = 1) {
  return lines.allocate(worker, count).map((line) => ({ line, trigger: 'level' }) as const)
}

function check(hardware: unknown, owners: readonly ResourceOwner[] = []) {
  return checkResources('disk0', hardware, lines, owners)
}

it('says which worker the lines interrupt', () => {
  const hardware = { bar, interrupts: interruptsOf(1, 2) }
  expect(check(hardware)).toEqual({ hardware, worker: 1 })
  // As from a thread that has the hardware: other wrappers around the same memory.
  expect(check(structuredClone({ interrupts: hardware.interrupts })).worker).toBe(1)
  expect(check({ bar })).toEqual({ hardware: { bar }, worker: undefined })
  expect(check(undefined)).toEqual({ worker: undefined })
})

describe('refuses', () => {
  const [mine] = interruptsOf(0)
  const foreign = new WorkerLines(1, new SharedArrayBuffer(engineBytes(1))).allocate(0, 1)[0]
  it.each<[string, unknown, string]>([
    ['a number', 5, 'resources'],
    ['a list', [], 'resources'],
    ['nothing in it', {}, 'resources'],
    ['the hardware itself', { resources: { bar } }, 'resources'],
    ['registers that are not shared', { bar: new ArrayBuffer(64) }, 'bar'],
    ['a common buffer that is none', { bar, commonBuffer: 5 }, 'commonBuffer'],
    ['no common buffer where one is named', { bar, commonBuffer: null }, 'commonBuffer'],
    ['interrupts that are no list', { bar, interrupts: 5 }, 'resources'],
    ['an interrupt that is none', { bar, interrupts: [null] }, 'no line of this engine'],
    ['an interrupt without a line', { bar, interrupts: [{}] }, 'no line of this engine'],
    [
      'a line that is null',
      { bar, interrupts: [{ ...mine, line: null }] },
      'no line of this engine',
    ],
    [
      'a line that is not there',
      { bar, interrupts: [{ ...mine, line: { ...mine?.line, line: 64 } }] },
      'no line of this engine',
    ],
    [
      'a line of another engine',
      { bar, interrupts: [{ line: foreign, trigger: 'level' }] },
      'no line of this engine',
    ],
    ['an unknown trigger', { bar, interrupts: [{ ...mine, trigger: 'edge' }] }, 'trigger'],
    ['lines of two workers', { bar, interrupts: [mine, ...interruptsOf(1)] }, 'workers 0 and 1'],
  ])('%s', (_what, hardware, message) => {
    let refusal: unknown
    try {
      check(hardware)
    } catch (error) {
      refusal = error
    }
    expect(refusal).toBeInstanceOf(EngineError)
    expect(refusal).toMatchObject({ code: 'ERR_IRP_OPTION' })
    expect((refusal as Error).message).toContain(message)
    expect((refusal as Error).message).toContain('disk0')
  })

  it('registers that another device has, until it has gone', () => {
    const hardware = { bar, interrupts: interruptsOf(0) }
    const owners = [{ name: 'ram0' }, { name: 'disk1', hardware: { bar } }]
    expect(() => check(hardware, owners)).toThrow('disk1')
    expect(check(hardware, owners.slice(0, 1)).worker).toBe(0)
  })
})

describe('checkLines', () => {
  const given = lines.allocate(0, 2)
  const owner = { name: 'disk1', hardware: { interrupts: [{ line: structuredClone(given[1]) }] } }

  it('hands lines on that no device has', () => {
    expect(checkLines(given.slice(0, 1), [owner, { name: 'ram0' }])).toEqual(given.slice(0, 1))
  })

  it('refuses lines that a device has, and what is no line', () => {
    const refused = expect.objectContaining({ code: 'ERR_IRP_OPTION' }) as Error
    expect(() => checkLines(given, [owner])).toThrow('disk1')
    const notes = { line: 0, block: new SharedArrayBuffer(4096), doorbell: given[0]?.doorbell }
    for (const wrong of [undefined, 1, [1], [null], [{}], [notes]]) {
      expect(() => checkLines(wrong, [])).toThrow(refused)
    }
  })
})
