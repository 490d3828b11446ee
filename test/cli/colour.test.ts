import { describe, expect, it } from 'vitest'
import { painter, usesColour } from '../../src/cli/colour.js'

const terminal = { isTTY: true, write: () => {} }
const pipe = { write: () => {} }

describe('usesColour', () => {
  it('follows the terminal when nobody says otherwise', () => {
    expect(usesColour(terminal, {})).toBe(true)
    expect(usesColour(pipe, {})).toBe(false)
    expect(usesColour(terminal, { TERM: 'dumb' })).toBe(false)
  })

  it('lets FORCE_COLOR decide both ways', () => {
    expect(usesColour(pipe, { FORCE_COLOR: '1' })).toBe(true)
    expect(usesColour(pipe, { FORCE_COLOR: '' })).toBe(true)
    expect(usesColour(terminal, { FORCE_COLOR: '0' })).toBe(false)
  })

  it('lets NO_COLOR win when it is not empty', () => {
    expect(usesColour(terminal, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false)
    expect(usesColour(terminal, { NO_COLOR: '' })).toBe(true)
  })
})

describe('painter', () => {
  it('styles or leaves alone, whatever stdout is', () => {
    expect(painter(true)('red', 'x')).toBe('\u001b[31mx\u001b[39m')
    expect(painter(false)('red', 'x')).toBe('x')
  })
})
