import { describe, expect, it } from 'vitest'
import {
  INTERRUPT_COUNT,
  LINE_ASSERTED,
  LINE_MASK,
  LINE_RAISED,
  LINE_TAKEN,
  interruptLineWord,
} from '../../../src/abi/interrupt-layout.js'
import {
  createInterruptBlock,
  identityOfBlock,
  interruptBlockOf,
  InterruptLines,
} from '../../../src/irp/interrupt-block.js'

describe('interrupt block', () => {
  it('starts with every line masked', () => {
    const words = interruptBlockOf(createInterruptBlock(3))
    expect(words[INTERRUPT_COUNT]).toBe(3)
    for (let line = 0; line < 3; line++) {
      expect(words[interruptLineWord(line) + LINE_MASK]).toBe(1)
    }
  })

  it.each([0, 257, 1.5, NaN])('cannot have %d lines', (lines) => {
    expect(() => createInterruptBlock(lines)).toThrow(
      expect.objectContaining({ code: 'ERR_IRP_CAPACITY', value: lines }),
    )
  })

  it('is told from other memory', () => {
    const other = new SharedArrayBuffer(4096)
    expect(() => interruptBlockOf(other)).toThrow(
      expect.objectContaining({ code: 'ERR_IRP_NOT_A_RING' }),
    )
  })
})

it('a block is the same in any thread, and no other', () => {
  const block = createInterruptBlock(1)
  expect(identityOfBlock(structuredClone(block))).toBe(identityOfBlock(block))
  expect(identityOfBlock(createInterruptBlock(1))).not.toBe(identityOfBlock(block))
})

describe('InterruptLines', () => {
  it('takes a line back with nothing pending', () => {
    const block = createInterruptBlock(1)
    const words = interruptBlockOf(block)
    const lines = new InterruptLines(block, { buffer: block, word: 7 })
    const line = lines.allocate()
    const at = interruptLineWord(line.line)
    words[at + LINE_RAISED] = 9
    words[at + LINE_TAKEN] = 7
    words[at + LINE_ASSERTED] = 1
    lines.release(line)
    expect([words[at + LINE_RAISED], words[at + LINE_ASSERTED]]).toEqual([7, 0])
  })

  it('gives each line once, and again when it came back', () => {
    const block = createInterruptBlock(2)
    const doorbell = { buffer: block, word: 7 }
    const lines = new InterruptLines(block, doorbell)
    const first = lines.allocate()
    const second = lines.allocate()
    expect(first).toEqual({ block, line: 0, doorbell })
    expect(second.line).toBe(1)
    expect(() => lines.allocate()).toThrow(
      expect.objectContaining({ code: 'ERR_IRP_CAPACITY', value: 2 }),
    )
    lines.release(first)
    expect(lines.allocate().line).toBe(0)
  })
})
