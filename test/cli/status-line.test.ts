import { expect, it } from 'vitest'
import { StatusLine } from '../../src/cli/status-line.js'

function stream(isTTY: boolean) {
  const written: string[] = []
  return { written, isTTY, columns: 20, write: (text: string) => written.push(text) }
}

it('draws over itself, no wider than the terminal, and goes without a trace', () => {
  const terminal = stream(true)
  const line = new StatusLine(terminal)
  line.clear()
  line.draw('x'.repeat(30))
  line.clear()
  line.clear()
  expect(terminal.written).toEqual([`\r\u001b[K${'x'.repeat(19)}`, '\r\u001b[K'])
})

it('draws nothing where nobody watches', () => {
  const pipe = stream(false)
  const line = new StatusLine(pipe)
  line.draw('x')
  line.clear()
  expect([pipe.written, line.isVisible]).toEqual([[], false])
})
