import { describe, expect, it } from 'vitest'
import { createBar, RegisterBank } from '../../native-sim/register-bank.js'
import {
  KIND_ACKNOWLEDGE,
  KIND_COMMAND,
  KIND_LATCH,
  KIND_READ_ONLY,
} from '../../src/abi/register-layout.js'
import { Registers } from '../../src/framework/registers.js'

describe('createBar', () => {
  it.each([
    ['byteLength', 0, []],
    ['byteLength', 6, []],
    ['byteLength', 65_540, []],
    ['offset', 16, [{ offset: 16, kind: KIND_READ_ONLY }]],
    ['offset', 16, [{ offset: 2, kind: KIND_READ_ONLY }]],
    [
      'offset',
      16,
      [
        { offset: 4, kind: KIND_READ_ONLY },
        { offset: 4, kind: KIND_COMMAND },
      ],
    ],
    ['clears', 16, [{ offset: 4, kind: KIND_ACKNOWLEDGE }]],
    ['clears', 16, [{ offset: 4, kind: KIND_COMMAND, clears: 0 }]],
    ['offset', 16, [{ offset: 4, kind: KIND_ACKNOWLEDGE, clears: 16 }]],
  ])('refuses a bad %s', (option, byteLength, specs) => {
    expect(() => createBar(byteLength, specs)).toThrow(
      expect.objectContaining({ code: 'ERR_IRP_SIMULATION_OPTION', option }),
    )
  })
})

describe('RegisterBank', () => {
  it('is told from other memory', () => {
    expect(() => new RegisterBank(new SharedArrayBuffer(4096))).toThrow('createBar')
  })

  it('executes within its limit, and gives places back only afterwards', () => {
    const bar = createBar(16, [{ offset: 4, kind: KIND_COMMAND }])
    const bank = new RegisterBank(bar)
    const registers = new Registers(bar)
    for (let i = 0; i < 5; i++) registers.write(4, i)
    expect(bank.hasCommands()).toBe(true)
    const seen: number[] = []
    const execute = (_offset: number, low: number): void => void seen.push(low)
    expect([bank.pollCommands(2, execute), bank.pollCommands(100, execute)]).toEqual([2, 3])
    expect([seen, bank.hasCommands(), bank.commandsExecuted]).toEqual([[0, 1, 2, 3, 4], false, 5])
    expect(bank.pollCommands(100, execute)).toBe(0)
  })

  it('keeps a latch set whatever side moved last', () => {
    const bar = createBar(16, [
      { offset: 0, kind: KIND_LATCH },
      { offset: 4, kind: KIND_ACKNOWLEDGE, clears: 0 },
    ])
    const bank = new RegisterBank(bar)
    const registers = new Registers(bar)
    for (let i = 0; i < 10; i++) {
      bank.setLatch(0, 1 << (i % 3))
      expect(bank.latch(0)).toBe(1 << (i % 3))
      registers.write(4, -1)
      expect(bank.latch(0)).toBe(0)
    }
  })
})
